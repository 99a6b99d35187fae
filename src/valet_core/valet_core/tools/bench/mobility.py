"""`valet bench mobility`: steps a second of the planar simulator of mobile bases."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from valet_core.common.provenance import provenance
from valet_core.tools.drive_results import write

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'steps a second of the planar simulator of mobile bases'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--embodiment', default='jackal', help='name or .yaml (%(default)s)')
    parser.add_argument('--scene', default='barn', help='(%(default)s)')
    parser.add_argument('--seconds', type=float, default=3.0, help='of each part (%(default)s)')
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the result')


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.evaluation.speed import measure

    report = measure(find_embodiment(args.embodiment), args.scene, args.seconds, args.processes)
    print(f'{report.embodiment} in {report.scene}, commands at 20 Hz, noise on')
    print(f'  {report.processes} processes     {report.together:10,.0f} environment steps/s')
    print(f'  1 process       {report.alone:10,.0f} environment steps/s')
    print(f'  numpy reference {report.reference:10,.0f} scans/s, {report.ratio:.0f}x slower')
    write(args.json, {**provenance(), **dataclasses.asdict(report), 'ratio': report.ratio})
    return 0
