"""What the simulators of mobile bases are told, and what they tell."""

import dataclasses
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting

__all__ = ['Outcome', 'PlanarObservation', 'SimConfig']


@dataclasses.dataclass(frozen=True)
class SimConfig:
    """How a simulator steps and when a drive ends."""

    period: float = setting(0.05, 'time between commands', 's', low=0.01, high=1.0)
    substep: float = setting(0.01, 'longest step of motion and contact', 's', low=1e-3, high=0.1)
    timeout: float = setting(100.0, 'a drive ends after', 's', low=1.0, high=3600.0)
    goal_tolerance: float = setting(0.5, 'arrived within', 'm', low=0.01, high=5.0)
    noise: bool = setting(True, 'noise on scan, odometry and motion')
    people: bool = setting(False, 'let the people of a world walk')
    people_speed: float = setting(0.6, 'mean walking speed', 'm/s', low=0.0, high=2.0)

    def __post_init__(self) -> None:
        check(self)


class PlanarObservation(NamedTuple):
    """What the robots sense; arrays are copies.

    Attributes:
        time: (N,) since the reset [s].
        scan: (N, R) ranges [m], float32; the sensor's range_max means no return.
        odom: (N, 3) x, y [m], yaw [rad] by odometry; zero at the reset.
        velocity: (N, 3) vx, vy [m/s], yaw rate [rad/s] by odometry, body frame.
        goal: (N, 3) in the odometry frame; NaN yaw where any heading will do.
    """

    time: np.ndarray
    scan: np.ndarray
    odom: np.ndarray
    velocity: np.ndarray
    goal: np.ndarray


class Outcome(NamedTuple):
    """How the drives stand after a step, from the true state; each (N,).

    Attributes:
        collided: touched something.
        arrived: within the goal tolerance (true position).
        timed_out: neither within the timeout.
        elapsed: time since the robot had moved 0.1 m [s]; the clock of BARN.
    """

    collided: np.ndarray
    arrived: np.ndarray
    timed_out: np.ndarray
    elapsed: np.ndarray

    @property
    def done(self) -> np.ndarray:
        """Whether the drive is over, (N,)."""
        return self.collided | self.arrived | self.timed_out
