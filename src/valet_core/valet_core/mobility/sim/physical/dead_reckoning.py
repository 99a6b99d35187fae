"""Odometry of a base that has moved: the true motion, seen with a scale and a random walk."""

import math

import numpy as np

from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.body.embodiment import Odometry

__all__ = ['DeadReckoning']


class DeadReckoning:
    """Adds up motion as the planar simulator does, from a true pose that is measured.

    Attributes:
        pose: (3,) x, y [m], yaw [rad] in the odometry frame.
        scale: (3,) of what it sees of forward, sideways and turning motion.
    """

    def __init__(self, errors: Odometry, noise: bool, rng: np.random.Generator) -> None:
        """Take the sizes of the errors and where they are drawn from."""
        self._errors, self._noise, self._rng = errors, noise, rng
        self.pose: np.ndarray = np.zeros(3)
        self.scale: np.ndarray = np.ones(3)
        self._last = np.zeros(3)

    def reset(self, true_pose: np.ndarray) -> None:
        """Start at the origin of the odometry frame, with new scales."""
        self.pose = np.zeros(3)
        self._last = true_pose.copy()
        if self._noise:
            errors = self._errors
            spread = np.array([errors.scale_std, errors.scale_std, errors.yaw_scale_std])
            self.scale = 1.0 + spread * self._rng.standard_normal(3)

    def advance(self, true_pose: np.ndarray) -> None:
        """Take the true pose a small step later."""
        turn = math.remainder(true_pose[2] - self._last[2], 2.0 * math.pi)
        heading = self._last[2] + 0.5 * turn
        dx, dy = true_pose[:2] - self._last[:2]
        c, s = math.cos(heading), math.sin(heading)
        # Over one unit of time; by the middle heading the chord is that of the arc.
        chord = 1.0 if abs(turn) < 1e-6 else 0.5 * turn / math.sin(0.5 * turn)
        vx, vy = chord * (c * dx + s * dy), chord * (c * dy - s * dx)
        scale = self.scale
        integrate(self.pose, vx * scale[0], vy * scale[1], turn * scale[2], 1.0)
        self._last = true_pose.copy()

    def stir(self, speed: float, moving: bool, period: float) -> None:
        """Add the random walk of one period.

        Args:
            speed: over the floor [m/s].
            moving: whether it moves or turns at all.
            period: [s].
        """
        if not self._noise or not moving:
            return
        draw = self._rng.standard_normal(3)
        draw[:2] *= self._errors.noise * math.sqrt(speed * period)
        draw[2] *= self._errors.yaw_noise * math.sqrt(period)
        self.pose += draw
