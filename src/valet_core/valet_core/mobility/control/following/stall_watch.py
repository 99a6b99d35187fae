"""Whether a drive gets anywhere."""

from collections import deque
from typing import NamedTuple

import numpy as np

from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.following.retreat import longest_retreat

__all__ = ['Stall', 'StallWatch']

CLOSER = 0.2  # m that count as having come closer
EVERY = 0.2  # s between the places that are kept


class Stall(NamedTuple):
    """A base that gets nowhere."""

    number: int
    """Of the drive, from 1."""
    place: np.ndarray
    """Where it stands, shape (2,) [m]."""
    reason: str
    """What it has not done for how long."""


class StallWatch:
    """Notices a base that stands still, and one that moves and comes no closer.

    After a stall there is time for a recovery: until the base has gone back, or could have.

    Attributes:
        count: stalls so far.
    """

    def __init__(self, config: DriveConfig) -> None:
        """Take how patient to be."""
        self._config = config
        self.count = 0
        self._stalled: tuple[float, np.ndarray] | None = None
        self._places: deque[tuple[float, np.ndarray]] = deque()
        self._best, self._best_time = np.inf, 0.0

    @property
    def recovering(self) -> bool:
        """Whether the last stall still leaves time for its recovery."""
        return self._stalled is not None

    def update(self, time: float, position: np.ndarray, remaining: float) -> Stall | None:
        """The stall that begins now, if one does.

        Args:
            time: now [s].
            position: (2,) by odometry [m].
            remaining: way left [m].
        """
        if self._stalled is not None and not self._has_recovered(time, position):
            return None
        self._remember(time, position, remaining)
        reason = self._reason(time, position)
        if reason is None:
            return None
        self.count += 1
        self._stalled = (time, np.array(position))
        return Stall(self.count, self._stalled[1], reason)

    def _has_recovered(self, time: float, position: np.ndarray) -> bool:
        """Whether patience begins anew; then it does."""
        assert self._stalled is not None
        begun, place = self._stalled
        distance = self._config.retreat_distance
        near = float(np.hypot(*(position - place))) < distance
        if near and time - begun <= longest_retreat(distance):
            return False
        self._stalled = None
        self._places.clear()
        self._best = np.inf
        return True

    def _remember(self, time: float, position: np.ndarray, remaining: float) -> None:
        if not self._places or time - self._places[-1][0] >= EVERY:
            self._places.append((time, np.array(position)))
        while len(self._places) > 1 and time - self._places[1][0] >= self._config.stuck_time:
            self._places.popleft()
        if remaining < self._best - CLOSER:
            self._best, self._best_time = remaining, time

    def _reason(self, time: float, position: np.ndarray) -> str | None:
        config = self._config
        still = time - self._places[0][0]
        moved = max(float(np.hypot(*(place - position))) for _, place in self._places)
        if still >= config.stuck_time and moved < config.stuck_distance:
            return f'moved {moved:.2f} m in {still:.1f} s'
        if time - self._best_time >= config.progress_time:
            return f'came no closer in {time - self._best_time:.0f} s'
        return None
