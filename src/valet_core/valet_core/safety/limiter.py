"""What a gate asks of the limits of motion, and the ramp that they all remember."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

__all__ = ['Limited', 'Limiter', 'differs']

_ROUND_OFF = 1e-9


def differs(output: Iterable[float], asked: Iterable[float]) -> bool:
    """Whether a limit changed a command (n,) by more than round-off, which is no news."""
    return any(abs(o - a) > _ROUND_OFF for o, a in zip(output, asked, strict=True))


class Limited(NamedTuple):
    """A command within the limits.

    Attributes:
        command: shape (n,), as that which was asked for.
        clamped: names of the limits that changed it; 'pace' is that of late inputs.
        detail: more about one of them, for people.
    """

    command: np.ndarray
    clamped: tuple[str, ...]
    detail: str = ''


class Limiter(ABC):
    """Clamps a stream of commands; remembers the last output for the acceleration limit."""

    def __init__(self, size: int, longest_step: float) -> None:
        """Start at rest.

        Args:
            size: of a command.
            longest_step: longest time between outputs that the acceleration limit counts [s].
        """
        self._size, self._longest_step = size, longest_step
        self.rest()

    def rest(self) -> None:
        """Take the output as zero from now on, as after a stop."""
        self._last: np.ndarray = np.zeros(self._size)
        self._last_time: float | None = None

    def halt(self) -> Limited:
        """Zero at once, which no ramp holds up; 'pace' where that ends a motion."""
        clamped = ('pace',) if self._last.any() else ()
        self.rest()
        return Limited(self._last.copy(), clamped)

    @abstractmethod
    def clamp(
        self,
        now: float,
        command: np.ndarray,
        position: np.ndarray | None = None,
        pace: float = 1.0,
    ) -> Limited:
        """The command to send at `now` for the one that is asked for.

        Args:
            now: time [s], not before that of the last call.
            command: finite, shape (n,).
            position: measured, shape (3,) [m]; None: no limit of the workspace.
            pace: share of the speed asked for that is allowed, 0 to 1.
        """

    def _step(self, now: float) -> float:
        """Time [s] since the last output; the first after a rest counts as none."""
        if self._last_time is None:
            return 0.0
        return min(max(now - self._last_time, 0.0), self._longest_step)

    def _sent(
        self, now: float, output: np.ndarray, clamped: list[str], detail: str = ''
    ) -> Limited:
        """The result, remembered."""
        self._last, self._last_time = output, now
        return Limited(output.copy(), tuple(clamped), detail)
