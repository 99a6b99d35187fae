"""`valet bench drivers`: the nodes beside drivers that publish as often as a real arm's."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from valet_core.common.errors import ValetError
from valet_core.common.provenance import provenance

__all__ = ['DRIVER_BENCH', 'HELP', 'add_arguments', 'run']

HELP = "processor time of the nodes, and messages lost, at the rates of a real arm's drivers"
DRIVER_BENCH = 'valet_nodes.trials.driver_bench'
"""Module with `measure(rate, duration)`. The library itself knows no ROS."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--rate', type=float, default=500.0, help='of wrench, joint states and tf (%(default)s Hz)'
    )
    parser.add_argument(
        '--seconds', type=float, default=12.0, help='to measure over, 3 to 600 (%(default)s)'
    )
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write."""
    if not 1.0 <= args.rate <= 1000.0:
        raise ValetError(f'--rate: {args.rate} is outside of the allowed 1..1000')
    if not 3.0 <= args.seconds <= 600.0:
        raise ValetError(f'--seconds: {args.seconds} is outside of the allowed 3..600')
    try:
        bench = importlib.import_module(DRIVER_BENCH)
    except ImportError as error:
        raise ValetError('ROS 2 or valet_nodes is not at hand; see `valet info`') from error
    found = bench.measure(args.rate, args.seconds)
    for name, share in sorted(found['cpu'].items(), key=lambda item: -item[1]):
        print(f'{name:18} {share:6.1%} of one core')
    lost = found['sent'] - found['taken']
    print(f'wrench             {found["rate_hz"]:.0f} Hz, {found["sent"]} sent, {lost} not taken')
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**provenance(), **found}, indent=1)
        args.json.write_text(text + '\n', encoding='utf-8')
    return 0
