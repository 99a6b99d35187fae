"""`valet bench perception`: time that perception takes for a frame, in all and by stage."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'time that perception takes for a frame before and during a dressing, by stage'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--frames', type=int, default=200, metavar='N', help='(%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the scenes (%(default)s)')
    parser.add_argument('--model', type=Path, help='folder; the shipped one by default')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; 2 for wrong arguments."""
    from valet_core.common.assets import find_model
    from valet_core.dressing.evaluation.perception_speed import (
        SpeedTrial,
        frame_times,
        summarise_times,
        timed_frames,
    )
    from valet_core.perception.pipeline import PerceptionConfig

    for name, low in (('frames', 1), ('seed', 0)):
        value = getattr(args, name)
        if value < low:
            message = f'--{name} must be at least {low}, received {value}'
            print(f'valet bench perception: {message}', file=sys.stderr)
            return 2
    config = PerceptionConfig()
    model = args.model or find_model(config.model)
    rows = frame_times(timed_frames(SpeedTrial(args.frames, args.seed)), model, config)
    summary = summarise_times(rows)
    _print(summary)
    if args.json:
        result = {
            **provenance(), 'load_average': os.getloadavg()[0], 'seed': args.seed,
            'summary': summary, 'frames': rows,
        }  # fmt: skip
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def _print(summary: dict[str, Any]) -> None:
    print(f'{"[ms]":18}{"wall p50":>10}{"p99":>8}{"processor p50":>16}{"p99":>8}')
    for moment, stages in summary.items():
        print(f'{moment}, {stages["frames"]} frames')
        for stage, times in stages.items():
            if stage != 'frames':
                wall, cpu = times['wall'], times['cpu']
                print(
                    f'  {stage:16}{wall["p50"]:10.2f}{wall["p99"]:8.2f}'
                    f'{cpu["p50"]:16.2f}{cpu["p99"]:8.2f}'
                )
