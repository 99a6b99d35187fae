"""The graph that dresses an arm as real processes, and a node that watches it."""

import time
from collections import deque
from typing import Any, NamedTuple

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from valet_msgs.action import DressArm
from valet_msgs.msg import DressingTruth, GateState, PolicyTrace

from valet_core.common.errors import ValetError
from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RELIABLE
from valet_nodes.trials.launched import START_TIMEOUT, Launched

__all__ = ['DressingGraph', 'Moment', 'Watcher']

REST = 2e-3  # joint speed below which the robot rests [rad/s]
KEPT = 600  # joint states


class Moment(NamedTuple):
    """A time by two clocks."""

    simulated: float
    """[s]."""
    wall: float
    """By a steady clock [s]."""


class _Joints(NamedTuple):
    """One joint state."""

    at: Moment
    speed: float
    """The largest [rad/s]."""
    position: np.ndarray
    """[rad]. Shape (6,)."""


class Watcher(Node):
    """Keeps what the graph says, and can send goals, faults and resets to it."""

    def __init__(self) -> None:
        """Listen to everything."""
        super().__init__('watcher')
        self.gate, self.truth = GateState(), DressingTruth()
        self.joints: deque[_Joints] = deque(maxlen=KEPT)
        self.reasons: set[str] = set()
        self.phases: set[str] = set()
        self.feedback = self.traces = 0
        self.result: DressArm.Result | None = None
        self.goal_handle: Any = None
        self.goals: list[Any] = []
        self.create_subscription(GateState, 'safety/state', self._on_gate, RELIABLE)
        self.create_subscription(JointState, 'joint_states', self._on_joints, RELIABLE)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, RELIABLE)
        self.create_subscription(PolicyTrace, 'policy/trace', self._on_trace, RELIABLE)
        self.create_subscription(DressingTruth, 'ground_truth/dressing', self._on_truth, RELIABLE)
        self.dress = ActionClient(self, DressArm, 'dress_arm')
        self.faults = self.create_client(SetParameters, 'dressing_sim/set_parameters')
        self.reset = self.create_client(Trigger, 'safety/reset')
        self.restart = self.create_client(Trigger, 'dressing_sim/reset')
        self.recapture = self.create_client(Trigger, 'perception/reset')

    @property
    def now(self) -> float:
        """Simulated time of the newest joint state [s]."""
        return self.joints[-1].at.simulated if self.joints else 0.0

    @property
    def speed(self) -> float:
        """Largest joint speed now [rad/s]."""
        return self.joints[-1].speed if self.joints else 0.0

    def send(self, garment: str = 'cardigan', side: str = 'right') -> None:
        """Send a goal; `result` is set at its end."""
        self.result = None
        goal = DressArm.Goal(garment=garment, side=side)
        future = self.dress.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_goal)

    def rest_after(self, since: float) -> float | None:
        """Simulated time from `since` until the robot rests for good [s]; None while it moves."""
        rest = self.rest_since(Moment(since, 0.0))
        return None if rest is None else rest.simulated

    def rest_since(self, since: Moment) -> Moment | None:
        """Times from a moment until the robot rests for good; None while it moves.

        By the wall they end with the arrival of the first joint state at rest.
        """
        later = [row for row in self.joints if row.at.simulated >= since.simulated]
        if not later or later[-1].speed > REST:
            return None
        moving = [k for k, row in enumerate(later) if row.speed > REST]
        if not moving:
            return Moment(0.0, 0.0)
        last, first = later[moving[-1]].at, later[moving[-1] + 1].at
        return Moment(last.simulated - since.simulated, first.wall - since.wall)

    def travel_since(self, since: float) -> float:
        """Largest change of a joint after a simulated time [rad]."""
        rows = [row.position for row in self.joints if row.at.simulated >= since]
        return float(np.ptp(rows, axis=0).max()) if rows else 0.0

    # --- callbacks

    def _on_gate(self, message: GateState) -> None:
        self.gate = message
        self.phases.add(message.phase)

    def _on_joints(self, message: JointState) -> None:
        at = Moment(seconds(message.header.stamp), time.monotonic())
        speed = float(np.abs(message.velocity).max())
        self.joints.append(_Joints(at, speed, np.array(message.position)))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.reasons |= {f'{s.name}: {s.message}' for s in message.status}

    def _on_truth(self, message: DressingTruth) -> None:
        self.truth = message

    def _on_trace(self, _message: PolicyTrace) -> None:
        self.traces += 1

    def _on_feedback(self, _message: object) -> None:
        self.feedback += 1

    def _on_goal(self, future: Any) -> None:
        self.goal_handle = future.result()
        self.goals.append(self.goal_handle)
        self.goal_handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future: Any) -> None:
        self.result = future.result().result


class DressingGraph(Launched):
    """A launch of the dressing graph, watched; what fails is a ValetError that says what."""

    node: Watcher

    def __init__(self, launch_file: str = 'sim.launch.yaml', *arguments: str) -> None:
        """Start it.

        Args:
            launch_file: name or path.
            arguments: of the launch file, as `name:=value`.
        """
        super().__init__(Watcher, launch_file, *arguments)

    def bring_up(self) -> None:
        """Wait until the gate passes commands."""
        ready = (GateState.PASSING, GateState.CLAMPING)
        self.wait(lambda: self.node.gate.state in ready, START_TIMEOUT, 'the gate to pass')
        self.wait(self.node.dress.server_is_ready, 20, 'dress_arm')

    def start_moving(self, for_time: float = 1.0) -> None:
        """Send a goal and wait until the robot is on its way for a simulated time [s]."""
        self.node.send()
        self.wait(lambda: self.node.goal_handle is not None, 10, 'the goal to be taken')
        self._wait_for_motion()
        self.spin_for(for_time)
        # A late input may just have slowed it.
        self._wait_for_motion()

    def _wait_for_motion(self) -> None:
        node = self.node

        def ended() -> bool:
            return node.gate.state == GateState.STOPPED or node.result is not None

        self.wait(lambda: node.speed > 0.05 or ended(), 60, 'the robot to move')
        if ended():
            raise ValetError(f'it does not move: {node.result or node.gate.reason}')

    def set_fault(self, fault: str) -> float:
        """Put a fault into the simulator; the simulated time at which it is known to be in."""
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=fault)
        request = SetParameters.Request(parameters=[Parameter(name='fault', value=value)])
        if not self.call(self.node.faults, request).results[0].successful:
            raise ValetError(f'the simulator does not take fault {fault!r}')
        return self.node.now

    def end_goal(self) -> None:
        """Cancel every goal that may still run, and wait until none does."""
        for handle in self.node.goals:
            future, ended = handle.cancel_goal_async(), handle.get_result_async()
            self.wait(future.done, 10, 'the cancel')
            self.wait(ended.done, 10, 'the end of the goal')
        self.node.goals.clear()
        self.node.goal_handle = None

    def restart(self) -> None:
        """Put the garment back before the hand, and let perception capture the arm anew."""
        for client in (self.node.restart, self.node.recapture):
            self.call(client, Trigger.Request())
        self.spin_for(0.3)

    def prepare(self) -> None:
        """Make every fault right, put the garment before the hand and reset the gate.

        In this order: a robot that is elsewhere at once may seem to be within the person.
        """
        self.set_fault('none')
        self.end_goal()
        self.restart()
        self.wait(lambda: self.try_reset().success, 20, 'a reset')
        self.bring_up()

    def try_reset(self) -> Trigger.Response:
        """Ask the gate to go on."""
        return self.call(self.node.reset, Trigger.Request())

    def kill(self, name: str) -> float:
        """SIGKILL a node; the simulated time just before."""
        process = self.process(name)  # looking for it takes a while
        self.spin_for(0.05)
        before = self.node.now
        process.kill()
        return before
