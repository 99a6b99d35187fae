"""A client that sends one goal of an action and keeps what it hears until the result."""

from typing import Any, Generic, NamedTuple, TypeVar

from geometry_msgs.msg import TwistStamped
from rclpy.action import ActionClient
from rclpy.node import Node
from std_srvs.srv import Trigger
from valet_msgs.msg import GateState

from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RECORD

__all__ = ['DemoClient', 'Endpoint']

ROUNDING = 1e-6  # of stamps [s]
# Commands of rest, after which the gate has heard one too, though it may find their sender later.
HEARD = 3

R = TypeVar('R')


class Endpoint(NamedTuple):
    """An action or a topic."""

    kind: type
    name: str


class DemoClient(Node, Generic[R]):
    """Records a run over a graph, a row for each message of the simulator's truth.

    The record begins with the goal and ends with the stamp of its result, whenever that arrives.
    A simulator that holds time at its beginning is started once the goal is taken. A subclass
    names simulator, action, truth and gate, makes the goal and says what a row is.
    """

    def __init__(
        self,
        name: str,
        simulator: str,
        action: Endpoint,
        truth: Endpoint,
        gate_topic: str,
        command_topic: str,
    ) -> None:
        """Create the client and the subscriptions.

        Args:
            name: of the node.
            simulator: name of its node.
            action: that is called.
            truth: what the simulator knows, with a header; its stamps are the rows' times.
            gate_topic: where the gate tells its state.
            command_topic: on which the policy says that it has its inputs.
        """
        super().__init__(name)
        self.rows: list[R] = []
        self.gates: list[GateState] = []
        """States of the gate from the goal to the result."""
        self.feedback = action.kind.Feedback()  # type: ignore[attr-defined]
        self.gate, self.truth = GateState(), truth.kind()
        self._action = action
        self._start: float | None = None
        self._answer: Any = None
        self._closed = False
        self._truths: list[Any] = []
        self._client = ActionClient(self, action.kind, action.name)
        self._starter = self.create_client(Trigger, f'{simulator}/start')
        self._commands = 0
        self.create_subscription(TwistStamped, command_topic, self._on_command, RECORD)
        self.create_subscription(GateState, gate_topic, self._on_gate, RECORD)
        self.create_subscription(truth.kind, truth.name, self._on_truth, RECORD)

    def row(self, time: float) -> R:
        """The present moment, at a time since the goal was sent [s]; called after each truth."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether a goal can be sent: the gate passes commands, or waits for time alone."""
        passing = self.gate.state in (GateState.PASSING, GateState.CLAMPING)
        held = self.gate.state == GateState.WAITING and self.gate.rule == 'clock_stopped'
        served = self._client.server_is_ready() and self._starter.service_is_ready()
        heard = self._commands >= HEARD and self.truth.header.frame_id != ''
        return (passing or held) and served and heard

    @property
    def recording(self) -> bool:
        """Whether the goal has been sent."""
        return self._start is not None

    @property
    def result(self) -> Any:
        """Of the action; None until it has ended and everything up to its stamp is recorded."""
        if self._answer is None or self._closed:
            return self._answer
        return self._answer if seconds(self.truth.header.stamp) >= self._end else None

    def send_goal(self, goal: Any) -> None:
        """Send the goal; `result` is set when it has ended."""
        future = self._client.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_response)
        self._start = seconds(self.truth.header.stamp)

    def close(self) -> None:
        """Cut the record off at the result's stamp, where there is one."""
        self._closed = True
        if self._answer is None:
            return
        end = self._end + ROUNDING
        kept = [k for k, t in enumerate(self._truths) if seconds(t.header.stamp) <= end]
        self.rows = [self.rows[k] for k in kept]
        self.gates = [gate for gate in self.gates if seconds(gate.header.stamp) <= end]
        if kept:
            self.truth = self._truths[kept[-1]]

    @property
    def _end(self) -> float:
        return seconds(self._answer.stamp)

    def _on_response(self, future: Any) -> None:
        handle = future.result()
        if handle.accepted:
            handle.get_result_async().add_done_callback(self._on_result)
            self._starter.call_async(Trigger.Request())
        else:
            self._answer = self._action.kind.Result(  # type: ignore[attr-defined]
                message='the goal was rejected'
            )

    def _on_result(self, future: Any) -> None:
        self._answer = future.result().result

    def _on_feedback(self, message: Any) -> None:
        self.feedback = message.feedback

    def _on_command(self, _message: TwistStamped) -> None:
        self._commands += 1

    def _on_gate(self, message: GateState) -> None:
        self.gate = message
        if self._start is not None:
            self.gates.append(message)

    def _on_truth(self, message: Any) -> None:
        self.truth = message
        if self._start is not None:
            self._truths.append(message)
            self.rows.append(self.row(seconds(message.header.stamp) - self._start))
