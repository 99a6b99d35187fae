"""Messages and ticks in the order of simulated time, whatever order they arrive in."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ['Lockstep', 'Stream']

_ROUNDING = 1e-6  # of stamps, far below a step of any simulation [s]
_MOST = 1000  # messages kept of a stream while nothing ticks


class Stream(NamedTuple):
    """What is known of the messages of one topic."""

    latency: float
    """Simulated time from a message's stamp until it takes effect [s]."""
    period: float = 0.0
    """Simulated time from one stamp to the next [s]; 0: there is one at the time of each tick."""


class _Queue:
    """Messages of one stream that have not taken effect."""

    def __init__(self, stream: Stream) -> None:
        self.latency, self._period = stream
        self._gap = self._period
        self._newest = float('-inf')
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque(maxlen=_MOST)

    def put(self, stamp: float, deliver: Callable[[], None]) -> bool:
        """Keep a message if it is newer than all before; whether it is."""
        if stamp <= self._newest:
            return False  # said again, as by a world that is held at its beginning
        self._waiting.append((stamp, deliver))
        if self._period and self._newest > float('-inf'):
            # What is slower than was said must not hold up every tick.
            self._gap = max(stamp - self._newest, 0.25 * self._period)
        self._newest = stamp
        return True

    def reaches(self, time: float) -> bool:
        """Whether all that takes effect by a time [s] is here."""
        due = time - self.latency - self._gap
        return self._newest > due + _ROUNDING if self._gap else self._newest > due - _ROUNDING

    def flush(self, time: float) -> None:
        """Deliver all that takes effect by a time [s], the first first."""
        due = time - self.latency + _ROUNDING
        while self._waiting and self._waiting[0][0] <= due:
            self._waiting.popleft()[1]()


class Lockstep:
    """Lets a node see at each tick exactly the messages that have taken effect by then.

    A message takes effect a fixed simulated time after its stamp, on a machine of any speed. A
    tick waits until all such messages are there, so that the same run gives the same result.
    Only streams that have been heard are waited for, each up to a patience: a node that has died
    is then a fault for the watchdogs to see, and not a world that stands still. Once it says
    something new it is waited for again.
    """

    def __init__(
        self,
        streams: Mapping[str, Stream],
        patience: float,
        now: Callable[[], float],
        lost: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        """Start with nothing heard.

        Args:
            streams: by name; what is due at a tick is delivered in this order.
            patience: longest wait for a message [s], by the clock.
            now: the clock [s], steady and not simulated.
            lost: told the streams for which patience is over.
        """
        self._queues = {name: _Queue(stream) for name, stream in streams.items()}
        self._patience, self._now, self._lost = patience, now, lost
        self._given_up = set(streams)  # or never heard
        self._since: float | None = None
        self._ticks: deque[float] = deque()
        self._planned = float('-inf')

    def heard(self, stream: str, stamp: float, deliver: Callable[[], None]) -> None:
        """Take a message.

        Args:
            stream: one of those that were named.
            stamp: of the message [s], simulated.
            deliver: called once the message takes effect.
        """
        if self._queues[stream].put(stamp, deliver):
            self._given_up.discard(stream)

    def plan(self, time: float, period: float = 0.0) -> None:
        """Have a tick at a simulated time [s], unless it is less than a period after the last."""
        if time > self._planned and time >= self._planned + period - _ROUNDING:
            self._planned = time
            self._ticks.append(time)

    def late(self, time: float) -> list[str]:
        """Streams that a tick at a simulated time [s] waits for; empty once patience is over."""
        late = [
            name
            for name, queue in self._queues.items()
            if name not in self._given_up and not queue.reaches(time)
        ]
        if not late:
            self._since = None
            return late
        if self._since is None:
            self._since = self._now()
        if self._now() - self._since <= self._patience:
            return late
        self._given_up.update(late)
        self._since = None
        self._lost(late)
        return []

    def next_tick(self) -> float | None:
        """The next planned tick [s], which the caller makes after `flush`; None while it waits."""
        if not self._ticks or self.late(self._ticks[0]):
            return None
        return self._ticks.popleft()

    def flush(self, time: float) -> None:
        """Deliver what takes effect by a simulated time [s]."""
        for queue in self._queues.values():
            queue.flush(time)
