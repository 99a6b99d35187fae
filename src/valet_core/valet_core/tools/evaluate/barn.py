"""`valet eval barn`: a controller on worlds of the BARN format, by BARN's rules and metric."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from valet_core.common.provenance import provenance
from valet_core.tools.drive_results import (
    add_drive_arguments,
    check_output,
    print_summary,
    write,
)

if TYPE_CHECKING:
    from valet_core.mobility.body.embodiment import Embodiment
    from valet_core.mobility.sim.world import World

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'a mobile-base controller on BARN worlds (planar simulator with the same geometry)'
RECORDED = {  # scores of others in Gazebo, another simulator: for orientation only
    'DWA, 0.5 m/s': 0.159,
    'Nav2 MPPI, 0.5 m/s': 0.103,
    'MPC of 2026': 0.340,
    'LiCS-KI': 0.489,
    'winner of 2026': 0.4975,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--controller', required=True, help='name, or the folder of a trained one'
    )
    parser.add_argument('--worlds', type=Path, required=True, help='JSON lines: the worlds')
    parser.add_argument('--trials', type=int, default=1, help='of each world (%(default)s)')
    parser.add_argument('--limit', type=int, metavar='N', help='only N worlds, evenly spread')
    parser.add_argument(
        '--embodiment',
        default='jackal',
        help="jackal: the simulated robot's believed limits (20 m/s2, 4 rad/s, 25 rad/s2); "
        'jackal_real: 2 m/s2, 2 rad/s, 4 rad/s2 and 50 ms of delay (%(default)s)',
    )
    parser.add_argument('--seed', type=int, default=0, help='of the noise (%(default)s)')
    add_drive_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the summary and write the results."""
    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.registry import find_controller
    from valet_core.mobility.evaluation.drives import evaluate_barn

    check_output(args.json)
    find_controller(args.controller)  # an unknown name ends here, before the work
    embodiment, worlds = find_embodiment(args.embodiment), _worlds(args.worlds, args.limit)
    result = evaluate_barn(
        args.controller, worlds, embodiment, args.trials, args.seed, args.processes,
        args.simulator, not args.odometry_only,
    )  # fmt: skip
    print_summary(f'{args.controller} on {len(worlds)} worlds x {args.trials}', result['summary'])
    print('recorded in Gazebo, another simulator: ' + ', '.join(
        f'{name} {value}' for name, value in RECORDED.items()
    ))  # fmt: skip
    write(args.json, {
        **provenance(), 'controller': args.controller, 'worlds': str(args.worlds),
        'world_count': len(worlds), 'trials': args.trials, 'seed': args.seed,
        'embodiment': embodiment.name, 'limits': _limits(embodiment),
        'simulator': args.simulator, 'match_scans': not args.odometry_only,
        'recorded_in_gazebo': RECORDED, **result,
    })  # fmt: skip
    return 0


def _worlds(path: Path, limit: int | None) -> list[World]:
    """The worlds of a file, or so many of them, evenly spread."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.mobility.sim.world_files import load_barn

    worlds = load_barn(path)
    if limit is None:
        return worlds
    if limit < 1:
        raise InvalidInputError(f'--limit: received {limit}; allowed: 1 or more')
    count = min(limit, len(worlds))
    return [worlds[i * len(worlds) // count] for i in range(count)]


def _limits(embodiment: Embodiment) -> dict[str, float]:
    """What the score depends on, for the record."""
    return {
        'speed_m_s': embodiment.limits.forward,
        'acceleration_m_s2': embodiment.limits.acceleration,
        'yaw_rate_rad_s': embodiment.limits.yaw_rate,
        'yaw_acceleration_rad_s2': embodiment.limits.yaw_acceleration,
        'delay_s': embodiment.actuation.delay,
    }
