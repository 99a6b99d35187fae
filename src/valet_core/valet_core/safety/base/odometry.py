"""Does odometry move as the base can: what goes beyond its speeds is counted over a second."""

import math
from collections import deque

import numpy as np

from valet_core.safety.base.limiter import BaseLimits

__all__ = ['JumpWatch']


class JumpWatch:
    """Tells a jump of odometry, or a drift in small steps, from motion of the base.

    Each message may move by what 1.5 times the top speeds allow for the time between two
    stamps. What goes beyond that adds up over `WINDOW` of arrival, so that many small excesses
    count as much as one large one.
    """

    WINDOW = 1.0  # [s]
    _UNITS = ('m', 'rad')

    def __init__(self, limits: BaseLimits, slack: float) -> None:
        """Start with nothing received.

        Args:
            limits: of the base.
            slack: excess within the window that is allowed [m and rad].
        """
        self._slack = slack
        fastest = max(limits.forward, limits.backward) + limits.lateral
        self._rates = 1.5 * np.array([fastest, limits.yaw_rate])
        self.forget()

    def forget(self) -> None:
        """Start afresh."""
        self._last: tuple[float, np.ndarray] | None = None
        self._excesses: deque[tuple[float, np.ndarray]] = deque()

    def update(self, now: float, stamp: float, pose: np.ndarray) -> str:
        """Take a pose: what is wrong with its motion, empty where nothing is.

        Args:
            now: time of arrival [s].
            stamp: of the message [s].
            pose: x, y [m], yaw [rad], finite, shape (3,).
        """
        last, self._last = self._last, (stamp, np.array(pose))
        if last is not None:
            excess = _moved(last[1], pose) - self._rates * max(stamp - last[0], 0.0)
            self._excesses.append((now, excess.clip(0.0)))
        while self._excesses and now - self._excesses[0][0] > self.WINDOW:
            self._excesses.popleft()
        total = sum((excess for _, excess in self._excesses), np.zeros(2))
        for beyond, unit in zip(total, self._UNITS, strict=True):
            if beyond > self._slack:
                return (
                    f'moved {beyond:.2f} {unit} further in {self.WINDOW:g} s than the base can, '
                    f'allowed {self._slack:.2f} {unit}'
                )
        return ''


def _moved(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Distance [m] and turn [rad] between two poses, shape (2,)."""
    turn = abs(math.remainder(new[2] - old[2], 2.0 * math.pi))
    return np.array([math.hypot(*(new[:2] - old[:2])), turn])
