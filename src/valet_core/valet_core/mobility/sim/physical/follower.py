"""The base's own controller: from commands to the velocity that wheels or legs should have."""

import math

import numpy as np

from valet_core.mobility.body.drive_model import DriveModel, advance
from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['Follower']


class Follower:
    """Delay, limits and lag of an embodiment, as the planar simulator has them.

    Attributes:
        velocity: (3,) vx, vy [m/s], yaw rate [rad/s] that the base should have now.
        steer: steering angle that it should have now [rad].
    """

    def __init__(self, embodiment: Embodiment, noise: bool, rng: np.random.Generator) -> None:
        """Take the embodiment.

        Args:
            embodiment: whose limits.
            noise: whether the gain and the sway of its motion are simulated too.
            rng: of these.
        """
        self._actuation = embodiment.actuation
        self._backward, self._forward = -embodiment.limits.backward, embodiment.limits.forward
        self._parameters = DriveModel(embodiment).parameters
        self._noise, self._rng = noise, rng
        self.reset()

    def reset(self) -> None:
        """Stand still."""
        self._base, self.velocity, self.steer = np.zeros(3), np.zeros(3), 0.0
        self._queue: list[tuple[float, np.ndarray]] = []
        self._command = np.zeros(3)
        self._gain: np.ndarray = np.ones(3)
        self._swaying: np.ndarray = np.zeros(3)
        if self._noise:
            self._gain += self._actuation.gain_std * self._rng.standard_normal(3)

    def command(self, now: float, command: np.ndarray) -> None:
        """Take a command (3,) at a time [s]; it works after the base's delay."""
        self._queue.append((now + self._actuation.delay, np.array(command, dtype=np.float64)))

    def advance(self, now: float, dt: float) -> None:
        """Go on by a step that starts at `now`."""
        while self._queue and self._queue[0][0] <= now + 1e-9:
            self._command = self._queue.pop(0)[1]
        self.steer = advance(self._parameters, self._base, self.steer, self._command, dt)
        self.velocity = self._base.copy()
        if self._noise:
            self._sway(dt)

    def _sway(self, dt: float) -> None:
        noise = np.array(self._actuation.noise)
        if noise.any():
            keep = math.exp(-dt / self._actuation.noise_time)
            fresh = self._rng.standard_normal(3) * noise * math.sqrt(1.0 - keep**2)
            self._swaying = keep * self._swaying + fresh
        moving = np.abs(self._base).sum() > 1e-3
        self.velocity = self._base * self._gain + (self._swaying if moving else 0.0)
        self.velocity[0] = min(max(self.velocity[0], self._backward), self._forward)
