"""`valet bench rest`: how soon the robot rests after each fault of the running graph."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

from valet_core.common.errors import ValetError
from valet_core.common.provenance import provenance

__all__ = ['HELP', 'LIMIT', 'REST_BENCH', 'add_arguments', 'run']

HELP = 'time from each fault of the running dressing graph until the robot rests'
REST_BENCH = 'valet_nodes.trials.rest_bench'
"""Module with `names()` and `measure(faults, trials, pace, seed, tell)`. The library itself knows
no ROS."""
LIMIT = 0.2  # from a fault to rest [s]
MOST_TRIALS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--trials', type=int, default=10, help='of each fault (%(default)s)')
    parser.add_argument(
        '--pace',
        choices=('graph', 'real_time'),
        default='graph',
        help='whether simulated time waits for the graph; real_time needs an idle machine, and '
        'is judged by the wall clock (%(default)s)',
    )
    parser.add_argument(
        '--faults', metavar='NAME', nargs='+', help='only these; all of them by default'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the moments (%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the trials')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; the exit status is 1 if a trial took longer than it may."""
    if not 1 <= args.trials <= MOST_TRIALS:
        raise ValetError(f'--trials: {args.trials} is outside of the allowed 1..{MOST_TRIALS}')
    if args.seed < 0:
        raise ValetError(f'--seed: {args.seed} is below the allowed 0')
    bench, load = _bench(), os.getloadavg()[0]
    found = bench.measure(
        args.faults or bench.names(), args.trials, args.pace, args.seed,
        lambda line: print(line, flush=True),
    )  # fmt: skip
    key = 'simulated_s' if args.pace == 'graph' else 'wall_s'
    worst = max(max(row[key]) for row in found)
    _print_table(found, key, load)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        result = {**provenance(), 'load_average': load, 'pace': args.pace, 'faults': found}
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0 if worst <= LIMIT else 1


def _bench() -> ModuleType:
    try:
        return importlib.import_module(REST_BENCH)
    except ImportError as error:
        raise ValetError('ROS 2 or valet_nodes is not at hand; see `valet info`') from error


def _print_table(found: list[dict[str, Any]], key: str, load: float) -> None:
    clock = 'simulated' if key == 'simulated_s' else 'wall'
    print(f'\n{clock} time to rest [s], load before {load:.2f}')
    print(f'{"fault":24} {"trials":>6} {"median":>7} {"worst":>7} {"in time":>8}')
    for row in found:
        times = row[key]
        in_time = sum(time <= LIMIT for time in times)
        median = statistics.median(times)
        print(f'{row["what"]:24} {len(times):6} {median:7.3f} {max(times):7.3f} {in_time:8}')
