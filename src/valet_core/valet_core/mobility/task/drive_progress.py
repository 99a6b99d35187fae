"""Whether a drive gets anywhere."""

from collections import deque

import numpy as np

__all__ = ['Progress']


class Progress:
    """Notices a base that stands still, and one that moves and comes no closer."""

    CLOSER = 0.2  # m that count as having come closer
    EVERY = 0.2  # s between the places that are kept

    def __init__(self, still_time: float, still_distance: float, closer_time: float) -> None:
        """Take how patient to be.

        Args:
            still_time: longest time in which it may stay [s] ...
            still_distance: ... within this distance [m].
            closer_time: longest time without coming closer [s].
        """
        self._still_time, self._still_distance = still_time, still_distance
        self._closer_time = closer_time
        self.restart(0.0)
        self._begun = False

    def restart(self, time: float) -> None:
        """Be patient anew."""
        self._places: deque[tuple[float, np.ndarray]] = deque()
        self._best, self._best_time, self._begun = np.inf, time, True

    def problem(self, time: float, position: np.ndarray, remaining: float) -> str:
        """Why it is stuck; empty while it is not.

        Args:
            time: now [s].
            position: (2,) by odometry [m].
            remaining: way left [m].
        """
        if not self._begun:
            self.restart(time)
        if not self._places or time - self._places[-1][0] >= self.EVERY:
            self._places.append((time, np.array(position)))
        while len(self._places) > 1 and time - self._places[1][0] >= self._still_time:
            self._places.popleft()
        if remaining < self._best - self.CLOSER:
            self._best, self._best_time = remaining, time
        begun, place = self._places[0]
        moved = max(float(np.hypot(*(p - position))) for _, p in self._places)
        if time - begun >= self._still_time and moved < self._still_distance:
            return f'moved {moved:.2f} m in {time - begun:.1f} s'
        if time - self._best_time >= self._closer_time:
            return f'came no closer in {time - self._best_time:.0f} s'
        return ''
