"""`valet bench dressing`: time that a policy takes for a chunk while it dresses."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from valet_core.common.provenance import provenance

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'time that a dressing policy takes for a chunk of actions'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--policy', default='planner', help='name, or folder of a model (%(default)s)'
    )
    parser.add_argument('--cells', type=int, default=3, metavar='N', help='(%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the cells (%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; 2 for wrong arguments."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.dressing.control.registry import DRESSING_POLICIES
    from valet_core.dressing.evaluation.policy_speed import policy_speed

    try:
        speed = policy_speed(DRESSING_POLICIES.make(args.policy), args.cells, args.seed)
    except InvalidInputError as error:
        print(f'valet bench dressing: {error}', file=sys.stderr)
        return 2
    print(f'{args.policy}: {speed.calls} calls')
    for name, (median, high) in (('wall', speed.wall_ms), ('processor', speed.cpu_ms)):
        print(f'  {name:10} median {median:6.2f} ms, 99th percentile {high:6.2f} ms')
    if args.json:
        result = {
            **provenance(), 'load_average': os.getloadavg()[0], 'policy': args.policy,
            'seed': args.seed, **speed._asdict(),
        }  # fmt: skip
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0
