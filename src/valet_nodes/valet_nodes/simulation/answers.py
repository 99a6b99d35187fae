"""Which of the graph's answers the simulated world waits for."""

from collections.abc import Callable, Mapping

__all__ = ['Answers']


class Answers:
    """Says whether simulated time should wait, since an answer of the graph would grow too old.

    Only streams that have been heard are waited for, each up to a patience: a node that has died
    is then a fault for the others to see, and not a world that stands still. Once it says
    something new it is waited for again; what it repeats is no answer.
    """

    def __init__(
        self, oldest: Mapping[str, float], patience: float, now: Callable[[], float]
    ) -> None:
        """Start with nothing heard.

        Args:
            oldest: age of the last message of each stream from which time waits [s], simulated.
            patience: longest wait for an answer [s], by the clock.
            now: the clock [s].
        """
        self._oldest, self._patience, self._now = dict(oldest), patience, now
        self._stamps: dict[str, float] = {}
        self._given_up: set[str] = set()
        self._since: float | None = None

    def heard(self, stream: str, stamp: float) -> None:
        """Take a message.

        Args:
            stream: a key of `oldest`.
            stamp: of the message [s], simulated.
        """
        if stamp > self._stamps.get(stream, float('-inf')):
            self._stamps[stream] = stamp
            self._given_up.discard(stream)

    def waited_for(self, time: float) -> list[str]:
        """Streams whose next message time should wait for; empty once patience is over.

        Args:
            time: simulated [s].
        """
        late = [
            stream
            for stream, stamp in self._stamps.items()
            if time - stamp > self._oldest[stream] and stream not in self._given_up
        ]
        if not late:
            self._since = None
            return late
        now = self._now()
        if self._since is None:
            self._since = now
        if now - self._since <= self._patience:
            return late
        self._given_up.update(late)
        self._since = None
        return []
