"""A client that sends one goal of an action and keeps what it hears until the result."""

from typing import Any, Generic, NamedTuple, TypeVar

from rclpy.action import ActionClient
from rclpy.node import Node
from valet_msgs.msg import GateState

from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RELIABLE

__all__ = ['DemoClient', 'Endpoint']

R = TypeVar('R')


class Endpoint(NamedTuple):
    """An action or a topic."""

    kind: type
    name: str


class DemoClient(Node, Generic[R]):
    """Records a run over a graph, a row for each message of the simulator's truth.

    A subclass names action, truth and gate, makes the goal and says what a row is.
    """

    def __init__(self, name: str, action: Endpoint, truth: Endpoint, gate_topic: str) -> None:
        """Create the client and the subscriptions.

        Args:
            name: of the node.
            action: that is called.
            truth: what the simulator knows, with a header; its stamps are the rows' times.
            gate_topic: where the gate tells its state.
        """
        super().__init__(name)
        self.rows: list[R] = []
        self.result: Any = None
        """Of the action; None until it has ended."""
        self.feedback = action.kind.Feedback()  # type: ignore[attr-defined]
        self.gate, self.truth = GateState(), truth.kind()
        self._action = action
        self._start: float | None = None
        self._client = ActionClient(self, action.kind, action.name)
        self.create_subscription(GateState, gate_topic, self._on_gate, RELIABLE)
        self.create_subscription(truth.kind, truth.name, self._on_truth, RELIABLE)

    def row(self, time: float) -> R:
        """The present moment, at a time since the goal was sent [s]; called after each truth."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether the gate passes commands, the action's server is there and time is known."""
        passing = self.gate.state in (GateState.PASSING, GateState.CLAMPING)
        return passing and self._client.server_is_ready() and self.truth.header.frame_id != ''

    @property
    def recording(self) -> bool:
        """Whether the goal has been sent."""
        return self._start is not None

    def send_goal(self, goal: Any) -> None:
        """Send the goal; `result` is set when it has ended."""
        future = self._client.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_response)
        self._start = seconds(self.truth.header.stamp)

    def _on_response(self, future: Any) -> None:
        handle = future.result()
        if handle.accepted:
            handle.get_result_async().add_done_callback(self._on_result)
        else:
            self.result = self._action.kind.Result(  # type: ignore[attr-defined]
                message='the goal was rejected'
            )

    def _on_result(self, future: Any) -> None:
        self.result = future.result().result

    def _on_feedback(self, message: Any) -> None:
        self.feedback = message.feedback

    def _on_gate(self, message: GateState) -> None:
        self.gate = message

    def _on_truth(self, message: Any) -> None:
        self.truth = message
        if self._start is not None:
            self.rows.append(self.row(seconds(message.header.stamp) - self._start))
