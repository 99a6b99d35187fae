"""What moves a body beside its commands: the sway of legs, or wheels that slip.

It lasts for a moment, so that a body which turns on the spot still drifts: where it will be, and
whether that is clear, depends on it.
"""

import math

import numpy as np

from valet_core.mobility.body.drive_model import DriveModel, advance
from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['Sway']

GAIN = 0.3  # share of a new difference that is believed


class Sway:
    """Of one drive.

    Attributes:
        velocity: (3,) m/s and rad/s in the base frame; zero for a body without sway.
    """

    def __init__(self, embodiment: Embodiment, period: float) -> None:
        """Begin a drive; period [s] between updates."""
        self._drive, self._period = DriveModel(embodiment).parameters, period
        self._time = embodiment.actuation.noise_time
        self._sways = any(embodiment.actuation.noise)
        self._expected = np.zeros(3)
        self.velocity: np.ndarray = np.zeros(3)

    def keep(self, step: float) -> float:
        """Share of it that is left after a step [s]."""
        return math.exp(-step / self._time) if self._sways else 0.0

    def update(self, measured: np.ndarray, command: np.ndarray) -> np.ndarray:
        """Compare velocities (3,).

        Args:
            measured: now.
            command: that acted since the last update.

        Returns:
            `velocity`.
        """
        if self._sways:
            advance(self._drive, self._expected, 0.0, command, self._period)
            left = self.keep(self._period) * self.velocity
            self.velocity = left + GAIN * (measured - self._expected - left)
        return self.velocity
