"""Says which topics and transforms are still missing, and why."""

import importlib
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSCompatibility, QoSProfile, qos_check_compatible
from rclpy.subscription import Subscription

from valet_core.common.errors import ConfigError, StaleInputError
from valet_nodes.manager.manager_config import RequiredTopic
from valet_nodes.ros import qos
from valet_nodes.ros.tf_listener import TransformListener

__all__ = ['TopicWait', 'TransformWait', 'message_class']


def message_class(type_name: str) -> type:
    """Return the class of a message type such as sensor_msgs/msg/Image.

    Raises:
        ConfigError: when no installed package has it.
    """
    package, kind, name = type_name.split('/')
    try:
        return getattr(importlib.import_module(f'{package}.{kind}'), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f'message type {type_name!r} is not installed: {error}') from error


class TopicWait:
    """Waits for the first message on a topic; a publisher that sends nothing is not enough."""

    def __init__(self, node: Node, topic: RequiredTopic) -> None:
        """Subscribe.

        Args:
            node: whose namespace and remaps apply.
            topic: what to wait for.

        Raises:
            ConfigError: when the message type is not installed.
        """
        self._node = node
        self._topic = topic
        self._profile: QoSProfile = getattr(qos, topic.qos.upper())
        self._name = node.resolve_topic_name(topic.name)
        self._came = False
        self._subscription: Subscription | None = node.create_subscription(
            message_class(topic.type_name), topic.name, self._on_message, self._profile, raw=True
        )

    def missing(self) -> str | None:
        """What is missing, in a sentence that says what to look for; None when all is there."""
        if self._came:
            self.close()
            return None
        wanted = f'{self._name} ({self._topic.type_name}; {qos.describe(self._profile)})'
        publishers = self._node.get_publishers_info_by_topic(self._name)
        if not publishers:
            return f'topic {wanted}: nobody publishes it'
        types = {info.topic_type for info in publishers}
        if self._topic.type_name not in types:
            return f'topic {wanted}: it is published as {", ".join(sorted(types))}'
        reasons = [self._refusal(info.qos_profile) for info in publishers]
        if all(reasons):
            return f'topic {wanted}: its publisher offers another QoS: {reasons[0]}'
        return f'topic {wanted}: it has a publisher, and no message has come'

    def close(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def _on_message(self, _message: bytes) -> None:
        self._came = True

    def _refusal(self, offered: Any) -> str:
        """Why a publisher and this subscription do not match; empty when they do."""
        compatibility, reason = qos_check_compatible(offered, self._profile)
        return reason if compatibility == QoSCompatibility.ERROR else ''


class TransformWait:
    """Waits until two frames are connected."""

    def __init__(self, listener: TransformListener, target: str, source: str) -> None:
        """Take where transforms arrive and which one is wanted."""
        self._listener = listener
        self._target = target
        self._source = source

    def missing(self) -> str | None:
        """What is missing, None when the frames are connected."""
        try:
            self._listener.buffer.lookup(self._target, self._source)
        except StaleInputError as error:
            return str(error)
        return None
