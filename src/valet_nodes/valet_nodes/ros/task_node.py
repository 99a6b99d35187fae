"""A node with one action: a policy acts, a task judges, and the gate has the last word."""

from typing import Any

import numpy as np
from geometry_msgs.msg import TwistStamped
from rclpy.action.server import ServerGoalHandle
from rclpy.lifecycle.publisher import LifecyclePublisher
from valet_msgs.msg import GateState, PolicyTrace

from valet_core.common.errors import InvalidInputError, ValetError
from valet_core.policy.episode import Episode, EpisodeStep
from valet_core.policy.outcome import Outcome, outcome_of_stop
from valet_nodes.ros.conversions import make_header, stamp_of, trace_message
from valet_nodes.ros.node import ValetNode
from valet_nodes.ros.qos import LATCHED, RELIABLE
from valet_nodes.ros.runs import Goals, Run

__all__ = ['POLICY_PATIENCE', 'TaskNode']

POLICY_PATIENCE = 0.02
"""Longest time for which a tick waits for a chunk [s]; what takes longer comes with a later one,
and commands go on meanwhile. A world that waits for its graph waits for the chunk too."""


class TaskNode(ValetNode):
    """Runs one goal at a time, by an action or by other means of the node.

    The stream of commands never ends while the node is active: its end is how the gate knows
    that this process has died. A subclass fills the hooks, calls `advance` with each observation
    and `send` in between.
    """

    action_name: str
    """Of the action, for messages."""
    frame: str = 'base_link'
    """Of commands."""
    rest: np.ndarray
    """The action that does nothing."""

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured, with its pace declared.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        self.declare_pace()

    # --- hooks

    def begin(self, request: Any) -> Episode[Any, Any]:
        """The episode of a goal.

        Raises:
            InvalidInputError: for a goal that cannot be right.
            StaleInputError: where what it refers to is not known.
        """
        raise NotImplementedError

    def feedback(self, step: EpisodeStep, observation: Any) -> Any:
        """Feedback message of the action."""
        raise NotImplementedError

    def result_of(self, outcome: Outcome, message: str, run: Run | None) -> Any:
        """Result message of the action; without a run for a goal that never began."""
        raise NotImplementedError

    def fill(self, message: TwistStamped, action: np.ndarray) -> None:
        """Put an action into a command."""
        raise NotImplementedError

    def ended(self, run: Run) -> None:
        """A run has ended, before anybody is told."""

    def open_action(self, kind: type, command_topic: str, gate_topic: str) -> None:
        """Create the action, the publishers and the look at the gate; part of `configure`."""
        self._run: Run | None = None
        self._gate = GateState()
        self._commands: LifecyclePublisher = self.talk(TwistStamped, command_topic, RELIABLE)
        self._traces: LifecyclePublisher = self.talk(PolicyTrace, 'policy/trace', RELIABLE)
        self.listen(GateState, gate_topic, self._on_gate, LATCHED)
        goals = Goals(self.start, self._refused)
        self.act(kind, self.action_name, goals.execute, goals.accepted)

    @property
    def current(self) -> Run | None:
        """The goal that runs, if one does."""
        return self._run

    def start(self, request: Any, handle: ServerGoalHandle | None) -> Run:
        """Begin a goal.

        Raises:
            InvalidInputError: for a goal that cannot be right, a second one, or one that the
                gate would not let by.
            StaleInputError: where what it refers to is not known.
        """
        if self._run is not None:
            raise InvalidInputError('a goal is running; cancel it or wait for its result')
        if self._gate.state == GateState.STOPPED:
            raise InvalidInputError(f'the gate has stopped the robot: {self._gate.reason}')
        self._run = Run(self.begin(request), handle)
        return self._run

    def advance(
        self, now: float, observation: Any, fresh: bool | None = None
    ) -> EpisodeStep | None:
        """One tick of the run; ends it where it has an outcome, and then gives None.

        Args:
            now: when the observation was put together [s].
            observation: the newest.
            fresh: whether it shows something new; see `ChunkRunner.tick`.
        """
        run = self._run
        assert run is not None
        try:
            step = run.episode.tick(now, observation, fresh)
        except InvalidInputError as error:
            self.end(Outcome.PERCEPTION_FAILED, str(error))
            return None
        run.status = step.status
        if step.status.outcome is not None:
            self.end(step.status.outcome, step.status.message)
            return None
        if run.handle is not None:
            run.handle.publish_feedback(self.feedback(step, observation))
        if step.chunk is not None:
            stamp = step.seen.time
            self._traces.publish(trace_message(step.chunk, stamp, self.frame, run.chunks))
            run.chunks += 1
        return step

    def send(self, action: np.ndarray, stamp: float) -> None:
        """Publish a command.

        Args:
            action: of the policy.
            stamp: time of the command [s].
        """
        message = TwistStamped(header=make_header(stamp_of(stamp), self.frame))
        self.fill(message, action)
        self._commands.publish(message)

    def end(self, outcome: Outcome, message: str) -> None:
        """End the run and tell its client."""
        run, self._run = self._run, None
        assert run is not None
        self.ended(run)
        line = f'{self.action_name}: {outcome.name}: {message}'
        # One call site a severity: rclpy refuses to change that of one.
        if outcome in (Outcome.SUCCEEDED, Outcome.CANCELED):
            self.get_logger().info(line)
        else:
            self.get_logger().error(line)
        run.answer(outcome, self._stamped(outcome, message, run))

    def started(self) -> None:
        """Tell the gate at once that the policy is there and at rest."""
        self.stand()

    def stand(self) -> None:
        """Say again that nothing runs, while time stands; once there is something to act on."""
        if self.active and self._run is None and (not self.keeps_step or self.has_ticked):
            self.send(self.rest, self.now)

    def halted(self, why: str) -> None:
        """End the goal that runs."""
        if self._run is not None:
            self.end(Outcome.CANCELED, why)

    # --- callbacks

    def _refused(self, error: ValetError) -> Any:
        self.get_logger().error(f'{self.action_name}: {error}')
        return self._stamped(Outcome.INVALID_GOAL, str(error), None)

    def _stamped(self, outcome: Outcome, message: str, run: Run | None) -> Any:
        result = self.result_of(outcome, message, run)
        result.stamp = stamp_of(self.now)
        return result

    def _on_gate(self, message: GateState) -> None:
        self._gate = message
        if self._run is not None and message.state == GateState.STOPPED:
            why = f'the gate stopped the robot: {message.reason}'
            self.end(outcome_of_stop(message.rule), why)
