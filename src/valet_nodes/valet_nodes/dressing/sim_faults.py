"""Faults that the simulator can put into its own sensors, for tests of what sees them."""

import numpy as np

__all__ = ['FAULTS', 'WrenchSensor']

FAULTS = (
    'none',
    'camera_silent',
    'camera_repeats',
    'wrench_silent',
    'wrench_frozen',
    'wrench_nan',
    'force_step',
)
FORCE_STEP = np.array([60.0, 0.0, 0.0, 0.0, 0.0, 0.0])  # [N, N m]


class WrenchSensor:
    """A force-torque sensor: noise, and a wire that can break."""

    def __init__(self, noise_force: float, noise_torque: float, rng: np.random.Generator) -> None:
        """Take the standard deviations of the noise [N, N m]."""
        self._scale = np.array([noise_force] * 3 + [noise_torque] * 3)
        self._rng = rng
        self._last = np.zeros(6)

    def read(self, wrench: np.ndarray, fault: str) -> np.ndarray | None:
        """What the sensor says of a wrench; None if it says nothing. Shape (6,)."""
        if fault == 'wrench_silent':
            return None
        if fault == 'wrench_nan':
            return np.full(6, np.nan)
        if fault != 'wrench_frozen':
            self._last = wrench + self._rng.normal(size=6) * self._scale
        return self._last + FORCE_STEP if fault == 'force_step' else self._last
