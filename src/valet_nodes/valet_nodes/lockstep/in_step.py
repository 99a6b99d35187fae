"""A node whose messages and ticks keep the order of simulated time."""

from collections.abc import Callable, Mapping
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from valet_nodes.lockstep.order import Lockstep, Stream
from valet_nodes.ros.conversions import seconds

__all__ = ['InStep']

WATCH_PERIOD = 0.02  # between looks at whether patience is over [s], of real time


class InStep:
    """Ticks a node with the stamps of one of its streams."""

    def __init__(
        self,
        node: Node,
        streams: Mapping[str, Stream],
        tick: Callable[[], None],
        by: str,
        period: float = 0.0,
        patience: float = 1.0,
        stand: Callable[[], None] | None = None,
    ) -> None:
        """Start with nothing heard.

        Args:
            node: whose timer looks after the patience.
            streams: by topic; `tf` are the moving transforms.
            tick: called at each tick, once all that has taken effect by then is delivered.
            by: the stream whose messages make ticks.
            period: least simulated time between two ticks [s].
            patience: longest wait for a message [s], of real time.
            stand: called again and again while no tick comes for half the patience.
        """
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._node, self._tick, self._by, self._period = node, tick, by, period
        self._steady = lambda: 1e-9 * steady.now().nanoseconds
        self._patience, self._stand = patience, stand
        self._order = Lockstep(streams, patience, self._steady, self._lost)
        self._streams = streams
        self._ticked = self._heard = self._steady()
        self.time: float | None = None
        """Of the last tick [s], simulated; None before the first."""
        self._timer = node.create_timer(WATCH_PERIOD, self._watch, clock=steady)

    def close(self) -> None:
        """Remove the timer."""
        self._node.destroy_timer(self._timer)

    def has(self, stream: str) -> bool:
        """Whether a stream is kept in order."""
        return stream in self._streams

    def wrap(self, topic: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """A callback that is called when its message takes effect; others are left as they are."""
        if topic not in self._streams:
            return callback
        return lambda message: self.take(
            topic, seconds(message.header.stamp), lambda: callback(message)
        )

    def take(self, stream: str, stamp: float, deliver: Callable[[], None]) -> None:
        """Take a message of a stream, stamped [s]."""
        self._order.heard(stream, stamp, deliver)
        if stream == self._by:
            self._heard = self._steady()
            self._order.plan(stamp, self._period)
        self._settle()

    def _settle(self) -> None:
        """Make every tick for which all is there."""
        while (time := self._order.next_tick()) is not None:
            self.time = time
            self._order.flush(time)
            self._ticked = self._steady()
            self._tick()

    def _lost(self, streams: list[str]) -> None:
        names = ', '.join(streams)
        self._node.get_logger().warning(
            f'nothing new on {names} for {self._patience:g} s: time goes on without it'
        )

    def _watch(self) -> None:
        if self._steady() - self._heard > self._patience:
            # What makes the ticks has fallen silent: the clock makes them.
            self._order.plan(1e-9 * self._node.get_clock().now().nanoseconds)
        self._settle()
        if self._stand is not None and self._steady() - self._ticked > 0.5 * self._patience:
            self._stand()
