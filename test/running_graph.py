"""The whole graph as real processes, and a node that watches it."""

from collections import deque

import numpy as np
import psutil
from diagnostic_msgs.msg import DiagnosticArray
from launched import Launched
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from valet_msgs.action import DressArm
from valet_msgs.msg import DressingTruth, GateState, PolicyTrace

from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import RELIABLE

__all__ = ['Graph', 'Watcher']

REST = 2e-3  # joint speed below which the robot rests [rad/s]


class Watcher(Node):
    """Keeps what the graph says."""

    def __init__(self) -> None:
        super().__init__('watcher')
        self.gate = GateState()
        # Stamp [s] with largest joint speed [rad/s], and with joint angles [rad], of some seconds.
        self.history: deque[tuple[float, float]] = deque(maxlen=600)
        self.positions: deque[tuple[float, np.ndarray]] = deque(maxlen=600)
        self.reasons: set[str] = set()
        self.phases: set[str] = set()
        self.feedback = 0
        self.result: DressArm.Result | None = None
        self.traces = 0
        self.truth = DressingTruth()
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
        self.goal_handle = None
        self.goals: list = []

    @property
    def now(self) -> float:
        """Simulated time of the newest joint state [s]."""
        return self.history[-1][0] if self.history else 0.0

    @property
    def speed(self) -> float:
        """Largest joint speed now [rad/s]."""
        return self.history[-1][1] if self.history else 0.0

    def _on_gate(self, message: GateState) -> None:
        self.gate = message
        self.phases.add(message.phase)

    def _on_joints(self, message: JointState) -> None:
        stamp = seconds(message.header.stamp)
        self.history.append((stamp, float(np.abs(message.velocity).max())))
        self.positions.append((stamp, np.array(message.position)))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.reasons |= {f'{s.name}: {s.message}' for s in message.status}

    def _on_truth(self, message: DressingTruth) -> None:
        self.truth = message

    def _on_trace(self, _message: PolicyTrace) -> None:
        self.traces += 1

    def send(self, garment: str = 'cardigan', side: str = 'right') -> None:
        """Send a goal; `result` is set at its end."""
        self.result = None
        goal = DressArm.Goal(garment=garment, side=side)
        future = self.dress.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_goal)

    def _on_feedback(self, _message: object) -> None:
        self.feedback += 1

    def _on_goal(self, future: object) -> None:
        self.goal_handle = future.result()
        self.goals.append(self.goal_handle)
        self.goal_handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future: object) -> None:
        self.result = future.result().result

    def rest_after(self, since: float) -> float | None:
        """Time from `since` until the robot rests for good [s]; None while it moves."""
        later = [(stamp, speed) for stamp, speed in self.history if stamp >= since]
        if not later or later[-1][1] > REST:
            return None
        moving = [stamp for stamp, speed in later if speed > REST]
        return (moving[-1] - since) if moving else 0.0

    def travel_since(self, since: float) -> float:
        """Largest change of a joint after a time [rad]."""
        rows = [q for stamp, q in self.positions if stamp >= since]
        return float(np.ptp(rows, axis=0).max()) if rows else 0.0


class Graph(Launched):
    """A launch of `sim.launch.yaml`, watched."""

    def __init__(self, launch_file: str = 'sim.launch.yaml', *arguments: str) -> None:
        super().__init__(Watcher, launch_file, *arguments)

    def bring_up(self) -> None:
        """Wait until the gate passes commands."""
        ready = (GateState.PASSING, GateState.CLAMPING)
        self.wait(lambda: self.node.gate.state in ready, 90, 'the gate to pass')
        self.wait(self.node.dress.server_is_ready, 20, 'dress_arm')

    def start_moving(self) -> None:
        """Send a goal and wait until the robot is well on its way."""
        self.node.send()
        self.wait(lambda: self.node.goal_handle is not None, 10, 'the goal to be taken')
        self._wait_for_motion()
        self.spin_for(1.0)
        # A late input may just have slowed it.
        self._wait_for_motion()

    def _wait_for_motion(self) -> None:
        node = self.node
        ended = lambda: node.gate.state == GateState.STOPPED or node.result is not None  # noqa: E731
        self.wait(lambda: node.speed > 0.05 or ended(), 60, 'the robot to move')
        assert not ended(), node.result or node.gate.reason

    def set_fault(self, fault: str) -> float:
        """Put a fault into the simulator; the simulated time at which it is known to be in."""
        assert self.node.faults.wait_for_service(10)
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=fault)
        request = SetParameters.Request(parameters=[Parameter(name='fault', value=value)])
        future = self.node.faults.call_async(request)
        self.wait(future.done, 10, 'the fault to be set')
        assert future.result().results[0].successful
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
            assert client.wait_for_service(10)
            future = client.call_async(Trigger.Request())
            self.wait(future.done, 10, client.srv_name)
        self.spin_for(0.3)

    def try_reset(self) -> Trigger.Response:
        """Ask the gate to go on."""
        assert self.node.reset.wait_for_service(10)
        future = self.node.reset.call_async(Trigger.Request())
        self.wait(future.done, 10, 'safety/reset')
        return future.result()

    def process(self, name: str) -> psutil.Process:
        """The process of a node."""
        for child in psutil.Process(self.launch.pid).children(recursive=True):
            if any(f'__node:={name}' in word for word in child.cmdline()):
                return child
        raise AssertionError(f'no process of node {name}')

    def kill(self, name: str) -> float:
        """SIGKILL a node; the simulated time just before."""
        process = self.process(name)  # looking for it takes a while
        self.spin_for(0.05)
        before = self.node.now
        process.kill()
        return before
