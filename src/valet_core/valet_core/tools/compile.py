"""`valet compile`: compiles ahead what nodes would compile when they first start."""

from __future__ import annotations

import argparse
import time

__all__ = ['HELP', 'PARTS', 'add_arguments', 'compile_part', 'run']

HELP = 'compile loops ahead, so that no first launch waits for them'
PARTS = ('dressing', 'mobility')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--processes', type=int, default=2, help='side by side, 1 or more (%(default)s)'
    )


def run(args: argparse.Namespace) -> int:
    """Compile each part; what is in the cache already is only loaded."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.common.pool import run_parallel

    if args.processes < 1:
        raise InvalidInputError(f'--processes: received {args.processes}; allowed: 1 or more')
    # The longest first.
    for index, took in run_parallel(compile_part, PARTS[::-1], args.processes):
        print(f'{PARTS[::-1][index]}: compiled after {took:.0f} s')
    return 0


def compile_part(part: str) -> float:
    """Run what a graph runs, for a moment; numba keeps in its cache what it compiles.

    Args:
        part: one of PARTS.

    Returns:
        Time that it took [s].
    """
    begun = time.monotonic()
    {'dressing': _dress, 'mobility': _drive}[part]()
    return time.monotonic() - begun


def _dress() -> None:
    """The perceiver compiles in its constructor; the world where truth is asked for."""
    from valet_core.common.assets import find_model
    from valet_core.dressing.sim.cells import DressingCell
    from valet_core.dressing.sim.dressing_world import DressingWorld
    from valet_core.perception.pipeline import Perceiver, PerceptionConfig
    from valet_core.perception.robot_shape import RobotShape

    config = PerceptionConfig()
    Perceiver(config, RobotShape.named(config.robot), find_model(config.model))
    DressingWorld(DressingCell()).truth()


def _drive() -> None:
    """A second of a drive beside people, in both simulators."""
    import dataclasses

    from valet_core.mobility.body.catalogue import find_embodiment
    from valet_core.mobility.control.registry import make_controller
    from valet_core.mobility.control.warm_up import warm_up
    from valet_core.mobility.evaluation.drive import DRIVE_RULES, SIMULATORS, drive
    from valet_core.mobility.sim.scenes import generate

    rules = dataclasses.replace(DRIVE_RULES, timeout=1.0, people=True)
    # A base on wheels and one on legs, so that both are compiled.
    bodies, scenes = ('jackal_real', 'go1'), ('ward', 'barn')
    for body, scene, simulator in zip(bodies, scenes, SIMULATORS, strict=True):
        embodiment = find_embodiment(body)
        controller = make_controller('generalist', embodiment, rules.period)
        warm_up(controller)
        drive(controller, generate(scene, 0, embodiment), rules, simulator=simulator)
