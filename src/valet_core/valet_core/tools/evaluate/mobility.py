"""`valet eval mobility`: a controller of a base in generated scenes."""

from __future__ import annotations

import argparse

from valet_core.common.provenance import provenance
from valet_core.tools.drive_results import (
    add_drive_arguments,
    check_output,
    print_summary,
    write,
)

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'a mobile-base controller by embodiment and scene: success, travel time, collisions'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--controller', default='generalist', help='or the folder of a trained one (%(default)s)'
    )
    parser.add_argument('--embodiment', required=True, help='name, or path to a .yaml')
    parser.add_argument('--scene', required=True, help='barn, warehouse, office or ward')
    parser.add_argument('--episodes', type=int, default=50, help='one a world (%(default)s)')
    parser.add_argument('--people', action='store_true', help='let people walk about')
    parser.add_argument(
        '--seed', type=int, default=200_000, help='of the first world (%(default)s)'
    )
    add_drive_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the summary and write the results."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.registry import find_controller
    from valet_core.mobility.evaluation.drives import evaluate_mobility

    if args.episodes < 1:
        raise InvalidInputError(f'--episodes: received {args.episodes}; allowed: 1 or more')
    check_output(args.json)
    find_controller(args.controller)
    embodiment = find_embodiment(args.embodiment)
    result = evaluate_mobility(
        args.controller, embodiment, args.scene, args.episodes, args.seed, args.people,
        args.processes, args.simulator, not args.odometry_only,
    )  # fmt: skip
    people = ' with people' if args.people else ''
    print_summary(f'{args.controller}: {embodiment.name} in {args.scene}{people}',
                  result['summary'])  # fmt: skip
    write(args.json, {
        **provenance(), 'controller': args.controller, 'embodiment': embodiment.name,
        'scene': args.scene, 'people': args.people, 'seed': args.seed,
        'episodes': args.episodes, 'simulator': args.simulator,
        'match_scans': not args.odometry_only, **result,
    })  # fmt: skip
    return 0
