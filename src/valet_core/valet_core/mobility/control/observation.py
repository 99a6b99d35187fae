"""What a mobile base is asked for and what it senses, and whether that can be right."""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.route import check_route

__all__ = ['DriveGoal', 'MobilityObservation', 'check_observation']

MAX_JUMP = 0.5  # m (and rad) that odometry may move beyond what the speed limits allow


class MobilityObservation(NamedTuple):
    """What a base senses; no map, no true position.

    Attributes:
        time: of the scan [s].
        scan: (R,) ranges [m] of the embodiment's sensor; range_max, inf or NaN: no return.
        odom: (3,) x, y [m], yaw [rad] in the odometry frame.
        velocity: (3,) vx, vy [m/s], yaw rate [rad/s], body frame.
        goal: (3,) in the odometry frame; NaN yaw where any heading will do.
        route: (P, 2) way to the goal in the odometry frame [m], or None: find one.
    """

    time: float
    scan: np.ndarray
    odom: np.ndarray
    velocity: np.ndarray
    goal: np.ndarray
    route: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class DriveGoal:
    """A way to drive and the heading at its end, in the odometry frame of the drive's start.

    Odometry may drift against the goal, so each observation says anew where it is.
    """

    points: np.ndarray
    """Of the route; a single one is a goal. Shape (P, 2) [m]."""
    yaw: float = math.nan
    """Heading at the last point [rad]; NaN: any."""

    def __post_init__(self) -> None:
        """Check the points and keep a copy.

        Raises:
            InvalidInputError: for a route that cannot be right.
        """
        object.__setattr__(self, 'points', check_route(self.points))

    @property
    def pose(self) -> np.ndarray:
        """Last point and heading, (3,)."""
        return np.array([*self.points[-1], self.yaw])


def check_observation(
    observation: MobilityObservation,
    embodiment: Embodiment,
    previous: MobilityObservation | None = None,
) -> None:
    """Refuse an observation that cannot be right.

    Raises:
        InvalidInputError: naming what was received and what is allowed.
    """
    rays = embodiment.sensor.rays
    scan = np.asarray(observation.scan)
    if scan.shape != (rays,):
        raise InvalidInputError(f'scan: received shape {scan.shape}; allowed: ({rays},)')
    if np.isnan(scan).all():
        raise InvalidInputError('scan: received only NaN; allowed: some ranges')
    for name in ('odom', 'velocity'):
        value = np.asarray(getattr(observation, name))
        if value.shape != (3,) or not np.isfinite(value).all():
            raise InvalidInputError(f'{name}: received {value}; allowed: 3 finite numbers')
    goal = np.asarray(observation.goal)
    if goal.shape != (3,) or not np.isfinite(goal[:2]).all():
        raise InvalidInputError(f'goal: received {goal}; allowed: finite x, y and a yaw or NaN')
    if observation.route is not None:
        route = np.asarray(observation.route)
        if route.ndim != 2 or route.shape[1] != 2 or not len(route):
            raise InvalidInputError(f'route: received shape {route.shape}; allowed: (P, 2), P > 0')
        if not np.isfinite(route).all():
            raise InvalidInputError('route: received a non-finite number; allowed: finite')
    if previous is not None:
        _check_jump(observation, previous, embodiment)


def _check_jump(
    now: MobilityObservation, before: MobilityObservation, embodiment: Embodiment
) -> None:
    elapsed = now.time - before.time
    if elapsed < 0.0:
        raise InvalidInputError(f'time: received {now.time} after {before.time}; allowed: later')
    limits = embodiment.limits
    moved = float(np.hypot(*(now.odom[:2] - before.odom[:2])))
    speed = max(limits.forward, limits.backward) + limits.lateral
    if moved > 1.5 * speed * elapsed + MAX_JUMP:
        raise InvalidInputError(
            f'odom: received a jump of {moved:.2f} m in {elapsed:.3f} s; allowed: '
            f'{1.5 * speed * elapsed + MAX_JUMP:.2f} m'
        )
