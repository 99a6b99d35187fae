"""`valet bench agreement`: the planar simulator of mobile bases against MuJoCo."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from valet_core.common.provenance import provenance
from valet_core.tools.drive_results import write

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'the planar simulator of mobile bases against MuJoCo: same commands, how far apart'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--embodiment', action='append', help='name or .yaml; all by default')
    parser.add_argument('--scene', default='barn', help='of the scans (%(default)s)')
    parser.add_argument('--seconds', type=float, default=5.0, help='of each drive (%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='(%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the result')


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from valet_core.mobility.body.catalogue import embodiment_files, find_embodiment
    from valet_core.mobility.evaluation.agreement import drive_agreement, scan_agreement

    drives, scans = [], {}
    print(f'{args.seconds:g} s of the same commands on open floor, without noise')
    print('base         profile    driven   apart at the end      ever')
    for name in args.embodiment or embodiment_files():
        embodiment = find_embodiment(name)
        for row in drive_agreement(embodiment, args.seconds, args.seed):
            drives.append(dataclasses.asdict(row))
            print(
                f'{row.embodiment:12} {row.profile:9} {row.distance:6.2f} m '
                f'{row.position:6.3f} m {row.heading:6.3f} rad {row.worst:6.3f} m'
            )
        scans[embodiment.name] = scan = scan_agreement(embodiment, args.scene, args.seed)
        print(
            f'{embodiment.name:12} scan      median {1e3 * scan["median_m"]:.2f} mm, '
            f'worst {1e3 * scan["worst_m"]:.1f} mm, at edges {scan["share"]:.1%} of the rays'
        )
    write(args.json, {**provenance(), 'seed': args.seed, 'drives': drives, 'scans': scans})
    return 0
