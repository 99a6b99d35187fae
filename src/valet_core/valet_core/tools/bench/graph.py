"""`valet bench graph`: processor time and latency of the whole graph."""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

from valet_core.common.errors import ValetError
from valet_core.common.provenance import provenance

__all__ = ['GRAPH_BENCH', 'HELP', 'add_arguments', 'measure_graph', 'run']

HELP = 'processor time of each node of the dressing graph, and the latency of its commands'
GRAPH_BENCH = 'valet_nodes.demo.graph_bench'
"""Module with `measure(seconds: float) -> dict[str, Any]`, which runs the whole graph for that
long. The library itself knows no ROS."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--seconds', type=float, default=12.0, help='to measure over, 1 to 60 (%(default)s)'
    )
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def measure_graph(seconds: float) -> dict[str, Any] | None:
    """Run the whole graph for a time [s]; None where ROS or the nodes are not at hand."""
    try:
        module = importlib.import_module(GRAPH_BENCH)
    except ImportError:
        return None
    return module.measure(seconds)


def run(args: argparse.Namespace) -> int:
    """Measure, print and write."""
    if not 1.0 <= args.seconds <= 60.0:
        raise ValetError(f'--seconds: {args.seconds} is outside of the allowed 1..60')
    load = os.getloadavg()[0]
    graph = measure_graph(args.seconds)
    if graph is None:
        raise ValetError('ROS 2 or valet_nodes is not at hand; see `valet info`')
    for name, share in sorted(graph['cpu'].items(), key=lambda item: -item[1]):
        print(f'{name:18} {share:6.1%} of one core')
    print(f'{"nodes together":18} {graph["cpu_nodes"]:6.1%} without simulator, camera and launch')
    print(f'{"everything":18} {graph["cpu_all"]:6.1%}')
    for what, key in (('arm pose', 'perceived_ms'), ('command', 'latency_ms')):
        late = graph[key]
        print(
            f'image to {what:9} p50 {late["p50"]:.0f} ms, p99 {late["p99"]:.0f} ms '
            f'({late["count"]} of them)'
        )
    print(f'real-time factor   {graph["real_time_factor"]:.3f}; load before {load:.2f}')
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        result = {**provenance(), 'load_average': load, 'graph': graph}
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0
