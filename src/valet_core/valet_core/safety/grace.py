"""The time that a gate which was itself held back gets to read what came meanwhile."""

__all__ = ['Grace']


class Grace:
    """Tells inputs that only look old from stale ones, where the gate's process did not run.

    Their messages may wait to be read then. One grace is all that a stale input gets: the next
    begins only after every input has been fresh again, however often the process is held back.
    """

    def __init__(self, held_back: float, catch_up: float) -> None:
        """Start with no tick seen.

        Args:
            held_back: time between two ticks that shows that the process did not run [s].
            catch_up: length of a grace [s].
        """
        self._held_back, self._catch_up = held_back, catch_up
        self._ticked: float | None = None
        self._until = float('-inf')
        self._fresh = True

    def lasts(self, steady: float, fresh: bool) -> bool:
        """Take a tick; whether a stale input is borne with at it.

        Args:
            steady: time of a steady clock [s].
            fresh: whether every input is fresh.
        """
        held = self._ticked is not None and steady - self._ticked > self._held_back
        if held and (fresh or self._fresh):
            self._until = steady + self._catch_up
        self._ticked, self._fresh = steady, fresh
        return steady < self._until
