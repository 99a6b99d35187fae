"""The BARN task: its rules and its metric (Perille et al., 2020; the BARN challenge)."""

import numpy as np

from valet_core.mobility.sim.interface import SimConfig
from valet_core.mobility.sim.world import World

__all__ = ['OPTIMAL_SPEED', 'RULES', 'optimal_time', 'pace', 'score']

OPTIMAL_SPEED = 2.0  # m/s
RULES = SimConfig(period=0.05, substep=0.01, timeout=100.0, goal_tolerance=1.0, noise=True)


def optimal_time(world: World) -> float:
    """Time for start, reference path and goal at 2 m/s [s]."""
    return float(np.linalg.norm(np.diff(world.routes[0], axis=0), axis=1).sum()) / OPTIMAL_SPEED


def score(world: World, success: bool, time: float) -> float:
    """Success x OT / clip(AT, 2 OT, 8 OT): at most 0.5.

    Args:
        world: with its reference path.
        success: whether the goal was reached.
        time: taken from when the robot had moved 0.1 m [s].
    """
    best = optimal_time(world)
    return float(success) * best / float(np.clip(time, 2.0 * best, 8.0 * best))


def pace(world: World, success: bool, time: float) -> float:
    """Success x OT / AT: the score without its bounds, which good controllers reach.

    Args:
        world: with its reference path.
        success: whether the goal was reached.
        time: taken from when the robot had moved 0.1 m [s].
    """
    return optimal_time(world) / time if success else 0.0
