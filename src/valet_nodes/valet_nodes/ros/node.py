"""The base of every node of ours: a lifecycle node that closes by itself what it opens."""

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile

from valet_nodes.ros.paced_node import PacedNode
from valet_nodes.ros.qos import NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS
from valet_nodes.ros.tf_buffer import TransformListener

__all__ = ['ValetNode']


class ValetNode(PacedNode):
    """A lifecycle node with four hooks: `prepare`, `configure`, `started` and `halted`.

    What `listen`, `talk`, `serve`, `act`, `every` and `transforms` create in `configure` is
    removed at cleanup, shutdown and after an error, the last first.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        self._closers: list[Callable[[], Any]] = []
        self._active = False
        self._prepared = False

    # --- hooks

    def prepare(self) -> None:
        """Declare the parameters and make what lasts, once, before the first `configure`.

        Raises:
            ValetError: for a parameter that is not right: the node then refuses to configure,
                and the manager ends what waits for it. In the constructor it would be gone.
        """

    def configure(self) -> None:
        """Create what the node needs.

        Raises:
            ValetError: where it cannot be; the node stays unconfigured and says why.
        """

    def started(self) -> None:
        """The node has become active."""

    def halted(self, why: str) -> None:
        """The node is about to be active no more: end what runs, send a last zero."""

    # --- what a node is made of

    def listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        """Subscribe."""
        made = self.create_subscription(
            kind, topic, self.in_order(topic, callback), self.in_full(qos),
            event_callbacks=NO_SUBSCRIPTION_EVENTS,
        )  # fmt: skip
        self.closes(lambda: self.destroy_subscription(made))

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
            if self._active:
                return GoalResponse.ACCEPT
            self.get_logger().error(f'{name}: goal rejected, the node is not active')
            return GoalResponse.REJECT

        made = ActionServer(
            self, kind, name, execute_callback=execute, goal_callback=accept,
            handle_accepted_callback=accepted, cancel_callback=lambda _: CancelResponse.ACCEPT,
        )  # fmt: skip
        self.closes(made.destroy)

    def every(self, period: float, callback: Callable[[], None], steady: bool = False) -> None:
        """Call again and again, in every state but unconfigured.

        Args:
            period: [s].
            callback: what to call.
            steady: by a steady clock, which goes on when the node's clock stands still.
        """
        clock = self._steady_clock if steady else None
        made = self.create_timer(period, callback, clock=clock)
        self.closes(lambda: self.destroy_timer(made))

    def transforms(self, on_change: Callable[[], None] | None = None) -> TransformListener:
        """Listen to tf."""
        made = TransformListener(self, on_change, self.taker('tf'))
        self.closes(made.destroy)
        return made

    def closes(self, close: Callable[[], Any]) -> None:
        """Have something called at cleanup, shutdown and after an error."""
        self._closers.append(close)

    # --- state

    @property
    def active(self) -> bool:
        """Whether the node is active."""
        return self._active

    # --- transitions

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Configure; what was created before a failure is removed."""
        try:
            if not self._prepared:
                self.prepare()
                self._prepared = True
            self.configure()
        except Exception:
            self._close()
            raise
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Become active."""
        result = super().on_activate(state)
        self._active = True
        self.started()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Halt while publishers are still heard."""
        self._halt('the node is deactivated')
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove everything."""
        self._close()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Halt and remove everything."""
        self._halt('the node shuts down')
        self._close()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Halt and remove everything, whatever failed."""
        self._halt('the node failed')
        self._close()
        return TransitionCallbackReturn.SUCCESS

    def _halt(self, why: str) -> None:
        if self._active:
            self.halted(why)
            self._active = False

    def _close(self) -> None:
        while self._closers:
            self._closers.pop()()
        self.leave_step()
