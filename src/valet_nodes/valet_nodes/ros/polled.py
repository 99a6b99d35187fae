"""Topics that are looked at when it suits the node, and wake nobody."""

from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile

from valet_nodes.ros.qos import NO_SUBSCRIPTION_EVENTS

__all__ = ['Polled', 'Unserved']


class Unserved(CallbackGroup):
    """Entities that no executor waits for; see `OpenNode` for one that spins by events."""

    def can_execute(self, entity: Any) -> bool:
        """No."""
        return False

    def beginning_execution(self, entity: Any) -> bool:
        """No."""
        return False

    def ending_execution(self, entity: Any) -> None:
        """Nothing has begun."""


class Polled:
    """A subscription whose messages stay with the middleware until they are asked for."""

    def __init__(self, node: Node, kind: type, topic: str, qos: QoSProfile) -> None:
        """Subscribe; of what comes meanwhile the middleware keeps the depth of the profile.

        Args:
            node: that subscribes.
            kind: of message.
            topic: its name.
            qos: its profile.
        """
        self._node, self._kind, self._last = node, kind, None
        self._subscription = node.create_subscription(
            kind, topic, lambda _: None, qos, callback_group=Unserved(),
            event_callbacks=NO_SUBSCRIPTION_EVENTS,
        )  # fmt: skip

    def take(self) -> list[Any]:
        """The messages that have come since the last call, the first first."""
        messages, handle = [], self._subscription.handle
        with handle:
            while (taken := handle.take_message(self._kind, False)) is not None:
                messages.append(taken[0])
        return messages

    def newest(self) -> Any:
        """The newest message, or None before the first."""
        self._last = (self.take() or [self._last])[-1]
        return self._last

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)
