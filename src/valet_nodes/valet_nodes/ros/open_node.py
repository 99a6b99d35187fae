"""A node that closes by itself what it opens."""

from collections.abc import Callable, Iterator
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from rclpy.timer import Timer

from valet_core.policy.runner import ThreadWorker
from valet_nodes.ros.paced_node import PacedNode
from valet_nodes.ros.polled import Polled, Unserved
from valet_nodes.ros.qos import NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS
from valet_nodes.ros.tf_listener import TransformListener

__all__ = ['OpenNode']


class OpenNode(PacedNode):
    """Opens topics, services, actions, timers and transforms; `close` removes them all.

    Attributes:
        active: whether the node is active, by which goals are accepted or not.
    """

    active: bool

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        self._closers: list[Callable[[], Any]] = []

    @property
    def subscriptions(self) -> Iterator[Subscription]:
        """Those that executors serve: all but the polled ones."""
        for made in super().subscriptions:
            if not isinstance(made.callback_group, Unserved):
                yield made

    def listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        """Subscribe."""
        made = self.create_subscription(
            kind, topic, self.in_order(topic, callback), self.in_full(qos),
            event_callbacks=NO_SUBSCRIPTION_EVENTS,
        )  # fmt: skip
        self.closes(lambda: self.destroy_subscription(made))

    def newest(self, kind: type, topic: str, qos: QoSProfile) -> Callable[[], Any]:
        """What gives the newest message of a topic, or None before the first.

        For what comes more often than it is looked at: the node is not woken by it, unless it
        keeps step and so has to know what has come.
        """
        if self.keeps_step:
            last: list[Any] = [None]
            self.listen(kind, topic, lambda message: last.__setitem__(0, message), qos)
            return lambda: last[0]
        polled = Polled(self, kind, topic, qos)
        self.closes(polled.close)
        return polled.newest

    def talk(self, kind: type, topic: str, qos: QoSProfile) -> LifecyclePublisher:
        """A publisher that is silent while the node is not active."""
        made = self.create_lifecycle_publisher(
            kind, topic, qos, event_callbacks=NO_PUBLISHER_EVENTS
        )
        self.closes(lambda: self.destroy_lifecycle_publisher(made))
        return made

    def tell(self, kind: type, topic: str, qos: QoSProfile) -> Publisher:
        """A publisher that is heard in every state, for what must be known when inactive too."""
        made = self.create_publisher(kind, topic, qos, event_callbacks=NO_PUBLISHER_EVENTS)
        self.closes(lambda: self.destroy_publisher(made))
        return made

    def serve(self, kind: type, name: str, callback: Callable[[Any, Any], Any]) -> None:
        """Offer a service."""
        made = self.create_service(kind, name, callback)
        self.closes(lambda: self.destroy_service(made))

    def act(
        self,
        kind: type,
        name: str,
        execute: Callable[[Any], Any],
        accepted: Callable[[Any], None],
    ) -> None:
        """Offer an action; goals are rejected while the node is not active.

        Args:
            kind: of the action.
            name: of the action.
            execute: coroutine from the goal's handle to its result.
            accepted: takes the handle before anything else happens, and calls its `execute`.
        """

        def accept(_request: Any) -> GoalResponse:
            if self.active:
                return GoalResponse.ACCEPT
            self.get_logger().error(f'{name}: goal rejected, the node is not active')
            return GoalResponse.REJECT

        made = ActionServer(
            self, kind, name, execute_callback=execute, goal_callback=accept,
            handle_accepted_callback=accepted, cancel_callback=lambda _: CancelResponse.ACCEPT,
        )  # fmt: skip
        self.closes(made.destroy)

    def every(self, period: float, callback: Callable[[], None], steady: bool = False) -> Timer:
        """Call again and again, in every state but unconfigured; `reset` begins a period anew.

        Args:
            period: [s].
            callback: what to call.
            steady: by a steady clock, which goes on when the node's clock stands still.
        """
        clock = self._steady_clock if steady else None
        made = self.create_timer(period, callback, clock=clock)
        self.closes(lambda: self.destroy_timer(made))
        return made

    def transforms(self, on_change: Callable[[], None] | None = None) -> TransformListener:
        """Listen to tf."""
        made = TransformListener(self, on_change, self.taker('tf'))
        self.closes(made.destroy)
        return made

    def make_worker(
        self, patience: float, late: Callable[[], None] = lambda: None
    ) -> ThreadWorker:
        """A policy's thread, closed with the rest.

        Args:
            patience: longest wait for a chunk [s], where the world does not wait itself.
            late: called by the executor once a chunk is there that a tick did not wait for.
        """
        if self.keeps_step:
            patience = self.get_parameter('patience').value
        guard = self.create_guard_condition(late)
        self.closes(lambda: self.destroy_guard_condition(guard))
        worker = ThreadWorker(patience, guard.trigger)
        self.closes(worker.close)
        return worker

    def closes(self, close: Callable[[], Any]) -> None:
        """Have something called at cleanup, shutdown and after an error."""
        self._closers.append(close)

    def close(self) -> None:
        """Remove all that has been opened, the last first."""
        while self._closers:
            self._closers.pop()()
        self.leave_step()
