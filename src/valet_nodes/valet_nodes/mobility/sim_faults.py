"""Faults that the simulated base can put into its own sensors, for tests of what sees them."""

import numpy as np

__all__ = ['MOBILE_FAULTS', 'BaseSensors']

MOBILE_FAULTS = (
    'none', 'scan_silent', 'scan_frozen', 'scan_nan', 'scan_size', 'odom_silent', 'odom_jump',
    'odom_nan',
)  # fmt: skip
JUMP = np.array([3.0, 0.0, 0.0])  # m, m, rad


class BaseSensors:
    """Scanner and odometry, and how they can break."""

    def __init__(self) -> None:
        """Start whole."""
        self._last: np.ndarray | None = None

    def scan(self, ranges: np.ndarray, fault: str) -> np.ndarray | None:
        """What the scanner says, (R,) [m]; None if it says nothing."""
        if fault == 'scan_silent':
            return None
        if fault == 'scan_nan':
            return np.full_like(ranges, np.nan)
        if fault == 'scan_size':
            return ranges[:-7]
        if fault != 'scan_frozen' or self._last is None:
            self._last = ranges
        return self._last

    def odom(self, pose: np.ndarray, fault: str) -> np.ndarray | None:
        """What the odometry says, (3,); None if it says nothing."""
        if fault == 'odom_silent':
            return None
        if fault == 'odom_nan':
            return np.full(3, np.nan)
        return pose + JUMP if fault == 'odom_jump' else pose
