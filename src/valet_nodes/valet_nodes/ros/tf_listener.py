"""Listens to `tf` and `tf_static`."""

from collections.abc import Callable

from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from tf2_msgs.msg import TFMessage

from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.polled import Polled
from valet_nodes.ros.qos import NO_SUBSCRIPTION_EVENTS, TF, TF_STATIC
from valet_nodes.ros.tf_buffer import AHEAD, TransformBuffer

__all__ = ['TransformListener']

LOG_PERIOD = 5.0  # of a log line that repeats [s]


class TransformListener:
    """Fills a buffer from the topics `tf` and `tf_static` of a node.

    Where nobody has to be called, moving transforms are taken when one is looked up, so
    that a driver that sends hundreds of them a second does not wake the node with each.
    """

    def __init__(
        self,
        node: Node,
        on_update: Callable[[], None] | None = None,
        through: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """Subscribe.

        Args:
            node: whose namespace and remaps apply.
            on_update: called after each message of `tf`.
            through: takes each message's stamp [s] and the call that inserts it, which is made
                at once without it.
        """
        self.buffer, self._node = TransformBuffer(refresh=self._refresh), node
        self._on_update, self._through = on_update, through
        self._polled: Polled | None = None
        topics: list[tuple[str, Callable[[TFMessage], None], QoSProfile]]
        topics = [('tf_static', self._static, TF_STATIC)]
        if on_update is None and through is None:
            self._polled = Polled(node, TFMessage, 'tf', TF)
        else:
            topics.append(('tf', self._moving, TF))
        self._subscriptions = [
            node.create_subscription(TFMessage, *rest, event_callbacks=NO_SUBSCRIPTION_EVENTS)
            for rest in topics
        ]
        # Stamps of the time before a reset would outrank all that come after it.
        back = JumpThreshold(
            min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
        )
        self._jump = node.get_clock().create_jump_callback(
            back, post_callback=lambda _: self.buffer.clear()
        )

    def destroy(self) -> None:
        """Unsubscribe."""
        self._jump.unregister()
        if self._polled is not None:
            self._polled.close()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _refresh(self) -> None:
        """Insert what has come since the last lookup."""
        if self._polled is not None:
            for message in self._polled.take():
                self._insert(message)

    def _moving(self, message: TFMessage) -> None:
        if self._through is None or not message.transforms:
            self._insert(message)
        else:
            stamp = max(seconds(t.header.stamp) for t in message.transforms)
            self._through(stamp, lambda: self._insert(message))

    def _insert(self, message: TFMessage) -> None:
        now = 1e-9 * self._node.get_clock().now().nanoseconds
        ahead = self.buffer.insert(message.transforms, now=now)
        # Before the first message of a simulated clock every stamp lies ahead of it.
        if ahead and now > 0.0:
            self._node.get_logger().warning(
                f'tf: left out, stamped more than {AHEAD:g} s ahead of the clock: '
                f'{", ".join(ahead)}; the clocks of the machines have to agree',
                throttle_duration_sec=LOG_PERIOD,
            )
        if self._on_update is not None:
            self._on_update()

    def _static(self, message: TFMessage) -> None:
        self.buffer.insert(message.transforms, static=True)
