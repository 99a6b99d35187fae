"""A lifecycle node that can keep the order of simulated time."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.qos import QoSProfile

from valet_nodes.lockstep.in_step import InStep
from valet_nodes.lockstep.order import Stream
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.parameters import declare_choice
from valet_nodes.ros.qos import RECORD, RELIABLE

__all__ = ['PacedNode']


class PacedNode(GuardedLifecycleNode):
    """Knows the time, by its own clock or by its place in a world that waits for its graph."""

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        self._steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._steps: InStep | None = None

    def declare_pace(self) -> None:
        """Declare what `keep_step` asks for: `pace`, and the `patience` of its waits [s]."""
        declare_choice(self, 'pace', ('real_time', 'graph'))
        self.declare_parameter('patience', 1.0)

    def keep_step(
        self, streams: Mapping[str, Stream], tick: Callable[[], None], by: str, **options: Any
    ) -> bool:
        """Let what is opened from now on keep the order of simulated time, if the world waits.

        Args:
            streams: see `InStep`, as the rest.
            tick: of the node.
            by: the stream that ticks it.
            options: `period` and `stand`.

        Returns:
            Whether it does: whether the parameter `pace`, which the node declares, is `graph`.
        """
        if self.get_parameter('pace').value != 'graph':
            return False
        patience = self.get_parameter('patience').value
        self._steps = InStep(self, streams, tick, by, patience=patience, **options)
        return True

    @property
    def has_ticked(self) -> bool:
        """Whether a node that keeps step has had its first tick."""
        return self._steps is not None and self._steps.time is not None

    def leave_step(self) -> None:
        """End what `keep_step` began."""
        if self._steps is not None:
            self._steps.close()
        self._steps = None

    def in_order(self, topic: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """A callback that is called when its message takes effect; at once without `keep_step`."""
        return callback if self._steps is None else self._steps.wrap(topic, callback)

    def in_full(self, qos: QoSProfile) -> QoSProfile:
        """A profile by which nothing is left out, where the world waits for its graph."""
        waits = self.has_parameter('pace') and self.get_parameter('pace').value == 'graph'
        return RECORD if waits and qos.durability == RELIABLE.durability else qos

    def taker(self, stream: str) -> Callable[[float, Callable[[], None]], None] | None:
        """What takes stamp [s] and delivery of a stream's messages; None where they go at once."""
        if self._steps is None or not self._steps.has(stream):
            return None
        return partial(self._steps.take, stream)

    @property
    def now(self) -> float:
        """Time of the node's clock [s]; in a simulation that waits for its graph, of the tick."""
        if self._steps is not None and self._steps.time is not None:
            return self._steps.time
        return 1e-9 * self.get_clock().now().nanoseconds

    @property
    def keeps_step(self) -> bool:
        """Whether messages and ticks keep the order of simulated time."""
        return self._steps is not None

    @property
    def steady(self) -> float:
        """Time of a steady clock of any origin [s]."""
        return 1e-9 * self._steady_clock.now().nanoseconds
