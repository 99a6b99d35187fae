"""The dressing policy as a node: the action `dress_arm`, commands for the gate, traces."""

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from rclpy.task import Future
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String
from valet_msgs.action import DressArm
from valet_msgs.msg import ArmPose, GateState, PolicyTrace

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.dressing.control.observation import DressingObservation
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.sim.garments import GARMENT_KINDS
from valet_core.policy.interface import ActionChunk
from valet_core.policy.outcome import Outcome, outcome_of_stop
from valet_core.simulation.person import SIDES
from valet_nodes.dressing.dress_task import DressingPolicyConfig, DressTask, Tick
from valet_nodes.dressing.dressing_inputs import PolicyInputs
from valet_nodes.ros.conversions import make_header, stamp_of, twist_to_message
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.message_data import to_float_array
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.ros.tf_buffer import TransformListener

__all__ = ['DressingPolicy', 'main']

PHASE_PERIOD = 0.5  # between two messages of an unchanged phase [s]


class DressingPolicy(GuardedLifecycleNode):
    """Asks the policy for actions while a goal runs, and sends zero while none does.

    The stream of commands never ends while the node is active: its end is how the gate knows
    that this process has died.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters; interfaces come with `configure`."""
        super().__init__('dressing_policy', **options)
        self._config = declare_config(self, DressingPolicyConfig)
        self._policy = DressingPlanner()
        self._goal: ServerGoalHandle | None = None
        self._interfaces: list[tuple[Callable[[Any], Any], Any]] = []
        self._active = False
        self._clear()

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Create topics, the action server and the timer."""
        self._tf = TransformListener(self)
        self._inputs = PolicyInputs(self._tf.buffer, self._config.input_timeout)
        self._command = self.create_lifecycle_publisher(TwistStamped, 'policy/command', RELIABLE)
        self._phase = self.create_lifecycle_publisher(String, 'policy/phase', RELIABLE)
        self._trace = self.create_lifecycle_publisher(PolicyTrace, 'policy/trace', RELIABLE)
        self._listen(ArmPose, 'perception/arm', self._inputs.on_arm, RELIABLE)
        self._listen(PointCloud2, 'perception/cloud', self._inputs.on_cloud, SENSOR)
        self._listen(WrenchStamped, 'wrench', self._inputs.on_wrench, SENSOR)
        self._listen(GateState, 'safety/state', self._on_gate, RELIABLE)
        server = ActionServer(
            self,
            DressArm,
            'dress_arm',
            execute_callback=self._execute,
            goal_callback=self._on_goal,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )
        timer = self.create_timer(1.0 / self._config.rate, self._tick)
        self._interfaces += [
            (self.destroy_timer, timer),
            (lambda s: s.destroy(), server),
            (lambda t: t.destroy(), self._tf),
            *[(self.destroy_lifecycle_publisher, p) for p in self._publishers_of_mine()],
        ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start to send commands, zero until a goal comes."""
        result = super().on_activate(state)
        self._active = True
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """End the goal that runs and send zero."""
        self._stop('the node is deactivated')
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        self._remove()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """End the goal that runs and remove every interface."""
        self._stop('the node shuts down')
        self._active = False
        self._remove()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface, whatever failed."""
        return self.on_shutdown(state)

    def _publishers_of_mine(self) -> list[Any]:
        return [self._command, self._phase, self._trace]

    def _listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        subscription = self.create_subscription(kind, topic, callback, qos)
        self._interfaces.append((self.destroy_subscription, subscription))

    def _remove(self) -> None:
        while self._interfaces:
            destroy, interface = self._interfaces.pop()
            destroy(interface)

    def _clear(self) -> None:
        self._goal, self._task, self._result = None, None, None
        self._steps = 0
        self._fresh = 0.0
        self._shown, self._shown_at = '', 0.0

    def _now(self) -> float:
        return 1e-9 * self.get_clock().now().nanoseconds

    def _on_goal(self, request: DressArm.Goal) -> GoalResponse:
        if not self._active:
            self.get_logger().error('dress_arm: goal rejected, the node is not active')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    async def _execute(self, goal: ServerGoalHandle) -> DressArm.Result:
        """Runs beside the timer, which does the work and completes the future."""
        refusal = self._refusal(goal.request)
        if refusal:
            self.get_logger().error(f'dress_arm: {refusal}')
            goal.abort()
            return _result(Outcome.INVALID_GOAL, refusal, 0.0)
        self._goal, self._result = goal, Future()
        self._fresh = self._now()
        self._task = DressTask(self._policy, self._config, self._fresh)
        self._steps = 0
        request = goal.request
        self.get_logger().info(f'dress_arm: {request.garment} on the {request.side} arm')
        result = await self._result
        return result

    def _refusal(self, request: DressArm.Goal) -> str:
        if self._goal is not None:
            return 'a goal is running; cancel it or wait for its result'
        if request.garment not in GARMENT_KINDS:
            return f'garment {request.garment!r} is not one of: {", ".join(GARMENT_KINDS)}'
        if request.side not in SIDES:
            return f'side {request.side!r} is not one of: {", ".join(SIDES)}'
        return ''

    def _on_gate(self, message: GateState) -> None:
        if self._goal is not None and message.state == GateState.STOPPED:
            outcome = outcome_of_stop(message.rule)
            self._end(outcome, f'the gate stopped the robot: {message.reason}')

    def _tick(self) -> None:
        if not self._active:
            return
        twist = np.zeros(6)
        if self._goal is not None:
            twist = self._advance()
        now = self._now()
        message = TwistStamped(header=make_header(stamp_of(now), 'base_link'))
        message.twist = twist_to_message(twist)
        self._command.publish(message)
        phase = self._policy.phase if self._goal is not None else 'idle'
        if phase != self._shown or now - self._shown_at > PHASE_PERIOD:
            self._shown, self._shown_at = phase, now
            self._phase.publish(String(data=phase))

    def _advance(self) -> np.ndarray:
        """One tick of the task; the command that comes of it."""
        if self._goal.is_cancel_requested:
            self._end(Outcome.CANCELED, 'canceled by the client')
            return np.zeros(6)
        now = self._now()
        try:
            observation = self._inputs.observation(now)
        except StaleInputError as error:
            # The gate judges lateness by the millisecond; here it only must not last.
            if now - self._fresh > self._config.stale_timeout:
                self._end(Outcome.STALE_INPUT, str(error))
            return np.zeros(6)
        except InvalidInputError as error:
            self._end(Outcome.PERCEPTION_FAILED, str(error))
            return np.zeros(6)
        self._fresh = now
        tick = self._task.tick(now, observation)
        self._ratio = tick.dressed_ratio
        if tick.outcome is not None:
            self._end(tick.outcome, tick.message)
        else:
            self._show(tick, observation)
        return tick.twist

    def _show(self, tick: Tick, observation: DressingObservation) -> None:
        feedback = DressArm.Feedback(phase=tick.phase, dressed_ratio=tick.dressed_ratio)
        feedback.force = float(np.linalg.norm(observation.wrench[:3]))
        self._goal.publish_feedback(feedback)
        if tick.chunk is not None:
            self._trace.publish(_trace(tick.chunk, observation.time, self._steps))
            self._steps += 1

    def _stop(self, why: str) -> None:
        if self._goal is not None:
            self._end(Outcome.CANCELED, why)

    def _end(self, outcome: Outcome, message: str) -> None:
        goal, future = self._goal, self._result
        ratio = getattr(self, '_ratio', 0.0)
        self._clear()
        log = self.get_logger()
        line = f'dress_arm: {outcome.name}: {message}'
        if outcome is Outcome.SUCCEEDED:
            log.info(line)
            goal.succeed()
        elif outcome is Outcome.CANCELED and goal.is_cancel_requested:
            log.info(line)
            goal.canceled()
        else:
            log.error(line)
            goal.abort()
        future.set_result(_result(outcome, message, ratio))


def _result(outcome: Outcome, message: str, ratio: float) -> DressArm.Result:
    result = DressArm.Result(message=message, dressed_ratio=ratio)
    result.outcome.value = int(outcome)
    return result


def _trace(chunk: ActionChunk, time: float, step: int) -> PolicyTrace:
    samples = chunk.samples if chunk.samples is not None else np.zeros((0, *chunk.actions.shape))
    trace = PolicyTrace(header=make_header(stamp_of(time), 'base_link'), step=step)
    trace.horizon, trace.action_dim = chunk.actions.shape
    trace.sample_count = len(samples)
    trace.embedding = to_float_array(chunk.embedding)
    trace.actions = to_float_array(chunk.actions)
    trace.samples = to_float_array(samples)
    return trace


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(DressingPolicy)
