"""The latest transforms from `tf` and `tf_static`, and lookups along their tree."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from valet_core.common.errors import StaleInputError
from valet_nodes.ros.conversions import seconds, transform_from_message
from valet_nodes.ros.qos import NO_SUBSCRIPTION_EVENTS, TF, TF_STATIC

__all__ = ['StampedTransform', 'TransformBuffer', 'TransformListener']

AHEAD = 0.1  # of the clock, beyond which a transform is not of this time [s]
LOG_PERIOD = 5.0  # of a log line that repeats [s]


class StampedTransform(NamedTuple):
    """Result of a lookup.

    Attributes:
        matrix: T_target_source, shape (4, 4); maps coordinates of the source to the target.
        stamp: of the oldest moving transform on the way [s]; infinite where all are static.
    """

    matrix: np.ndarray
    stamp: float


class _Edge(NamedTuple):
    parent: str
    message: TransformStamped
    stamp: float


class TransformBuffer:
    """Keeps the transforms of each child frame for a while, and all that are static."""

    def __init__(self, history: float = 1.0) -> None:
        """Start with no frame.

        Args:
            history: for which moving transforms are kept [s].
        """
        self._history = history
        self._edges: dict[str, deque[_Edge]] = {}

    def clear(self) -> None:
        """Forget every moving transform, as after a reset of the clock."""
        self._edges = {c: e for c, e in self._edges.items() if e[-1].stamp == float('inf')}

    def insert(
        self,
        transforms: Iterable[TransformStamped],
        static: bool = False,
        now: float = float('inf'),
    ) -> list[str]:
        """Store transforms; one older than the newest of the same child is dropped.

        Args:
            transforms: as they come.
            static: whether they are of every time.
            now: the present time [s]. One stamped later would outrank all that come until then.

        Returns:
            What was left out as stamped too far ahead, for people.
        """
        ahead = []
        for message in transforms:
            stamp = float('inf') if static else seconds(message.header.stamp)
            child = message.child_frame_id.lstrip('/')
            if not static and stamp - now > AHEAD:
                ahead.append(f'{child!r} by {stamp - now:.3f} s')
                continue
            edges = self._edges.setdefault(child, deque())
            if static or (edges and edges[-1].stamp == float('inf')):
                edges.clear()
            if edges and stamp < edges[-1].stamp:
                continue
            edges.append(_Edge(message.header.frame_id.lstrip('/'), message, stamp))
            while edges[0].stamp < stamp - self._history:
                edges.popleft()
        return ahead

    def lookup(
        self, target: str, source: str, stamp: float | None = None, tolerance: float = 0.1
    ) -> StampedTransform:
        """T_target_source of the newest transforms, or of those nearest to a time.

        Args:
            target: frame to express in.
            source: frame to express.
            stamp: time that it is wanted for [s]; None: whatever is there.
            tolerance: largest difference allowed to that time [s].

        Raises:
            StaleInputError: where the frames are not connected (yet), or a transform is too far
                from the time asked for; with the frames that are known.
            InvalidInputError: for a malformed transform on the way.
        """
        up_target, up_source = self._ancestors(target), self._ancestors(source)
        common = next((frame for frame in up_source if frame in up_target), None)
        if common is None:
            known = sorted(self._edges.keys() | {e[-1].parent for e in self._edges.values()})
            raise StaleInputError(
                f'tf: no transform from {source!r} to {target!r}; known frames: '
                f'{", ".join(known) or "none"}'
            )
        T_common_target, oldest_target = self._climb(up_target, common, stamp)
        T_common_source, oldest_source = self._climb(up_source, common, stamp)
        oldest = min(oldest_target, oldest_source)
        if stamp is not None and oldest != float('inf') and abs(stamp - oldest) > tolerance:
            where = 'before' if oldest < stamp else 'after'
            raise StaleInputError(
                f'tf: {source!r} to {target!r} is {abs(stamp - oldest):.3f} s {where} the time '
                f'asked for, allowed {tolerance:.3f} s'
            )
        return StampedTransform(_inverse(T_common_target) @ T_common_source, oldest)

    def _ancestors(self, frame: str) -> list[str]:
        """The frame and those above it, up to the root or to where a cycle closes."""
        found = [frame]
        while (edges := self._edges.get(found[-1])) and edges[-1].parent not in found:
            found.append(edges[-1].parent)
        return found

    def _climb(
        self, frames: list[str], top: str, stamp: float | None
    ) -> tuple[np.ndarray, float]:
        """T_top_first along the frames, and the oldest stamp on the way."""
        matrix, oldest = np.eye(4), float('inf')
        for frame in frames[: frames.index(top)]:
            edges = self._edges[frame]
            edge = edges[-1]
            if stamp is not None and edge.stamp != float('inf'):
                edge = min(edges, key=lambda e: abs(e.stamp - stamp))
            matrix = transform_from_message(edge.message.transform) @ matrix
            oldest = min(oldest, edge.stamp)
        return matrix, oldest


class TransformListener:
    """Fills a buffer from the topics `tf` and `tf_static` of a node."""

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
        self.buffer = TransformBuffer()
        self._node = node
        self._on_update, self._through = on_update, through
        topics = ('tf', self._moving, TF), ('tf_static', self._static, TF_STATIC)
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
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

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


def _inverse(matrix: np.ndarray) -> np.ndarray:
    result = np.eye(4)
    result[:3, :3] = matrix[:3, :3].T
    result[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return result
