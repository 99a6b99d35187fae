"""How fast simulated time may pass against another clock."""

from collections.abc import Callable

__all__ = ['Pace', 'Patience']

MAX_BEHIND = 0.1  # a simulation that falls further behind goes on slower [s]
NO_WAIT = 1e-4  # between two looks where nothing limits the pace [s]


class Pace:
    """Says how many steps of a simulation are due by now.

    Time that was lost is caught up as long as it is short; a machine that is too slow gets a
    slow simulation and not one that jumps.
    """

    def __init__(
        self, step: float, factor: float, now: Callable[[], float], most_steps: int
    ) -> None:
        """Begin now.

        Args:
            step: simulated time of a step [s].
            factor: simulated time over the clock's; 0 is as fast as it goes.
            now: the clock [s].
            most_steps: at a time, so that commands are taken between them.
        """
        self._now, self._most_steps = now, most_steps
        self._step = step / factor if factor else 0.0  # by the clock [s]
        self._reached = now()

    @property
    def period(self) -> float:
        """Time between two looks at what is due [s], by the clock."""
        return self._step or NO_WAIT

    def wait(self) -> None:
        """Nothing is due now, and the time that passes meanwhile is not caught up."""
        if self._step:
            self._reached = max(self._reached, self._now() - MAX_BEHIND)

    def due(self) -> int:
        """Steps to make now; they count as made."""
        if not self._step:
            return 1
        now = self._now()
        self._reached = max(self._reached, now - MAX_BEHIND)
        steps = 0
        while steps < self._most_steps and self._reached + self._step <= now:
            self._reached += self._step
            steps += 1
        return steps


class Patience:
    """How long something is waited for; it is waited for again once it has come."""

    def __init__(self, limit: float, now: Callable[[], float]) -> None:
        """Take the longest wait [s] and the clock [s]."""
        self._limit, self._now = limit, now
        self._since: float | None = None

    def holds(self, missing: bool) -> bool:
        """Whether to go on waiting, told whether it is still missing."""
        if not missing:
            self._since = None
        elif self._since is None:
            self._since = self._now()
        return self._since is not None and self._now() - self._since <= self._limit
