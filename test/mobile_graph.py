"""The graph of a mobile base as real processes, and a node that watches it."""

import math

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry, Path
from rcl_interfaces.msg import Log, Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.node import Node
from std_srvs.srv import Trigger
from valet_msgs.action import FollowRoute
from valet_msgs.msg import GateState, MobileTruth, PolicyTrace

from valet_nodes.mobility.mobile_messages import path_to_message, pose_to_message
from valet_nodes.ros.conversions import make_header, seconds, stamp_of
from valet_nodes.ros.qos import LATCHED, RELIABLE
from valet_nodes.trials.launched import Launched

__all__ = ['MobileGraph']

REST = 0.02  # m/s below which a base on wheels rests


class Watcher(Node):
    """Keeps what the graph says."""

    def __init__(self):
        super().__init__('watcher')
        self.gate, self.truth, self.odom = GateState(), MobileTruth(), Odometry()
        self.speeds, self.feedback, self.reasons, self.logs = [], [], set(), []
        self.result = self.goal_handle = self.trace = None
        self.traces = 0
        self.create_subscription(GateState, 'base_gate/state', self._on_gate, LATCHED)
        self.create_subscription(MobileTruth, 'ground_truth/mobile', self._on_truth, RELIABLE)
        self.create_subscription(PolicyTrace, 'policy/trace', self._on_trace, RELIABLE)
        self.create_subscription(Odometry, 'odom', self._on_odom, RELIABLE)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, RELIABLE)
        self.create_subscription(Log, '/rosout', lambda m: self.logs.append(m.msg), RELIABLE)
        self.follow = ActionClient(self, FollowRoute, 'follow_route')
        self.faults = self.create_client(SetParameters, 'mobile_sim/set_parameters')
        self.reset = self.create_client(Trigger, 'base_gate/reset')
        self.home = self.create_client(Trigger, 'mobile_sim/reset')
        self.route = self.create_publisher(Path, 'route', RELIABLE)
        self.goal_pose = self.create_publisher(PoseStamped, 'goal_pose', RELIABLE)

    @property
    def now(self):
        return seconds(self.truth.header.stamp)

    def _on_gate(self, message):
        self.gate = message

    def _on_trace(self, message):
        self.trace, self.traces = message, self.traces + 1

    def _on_odom(self, message):
        self.odom = message

    def _on_truth(self, message):
        self.truth = message
        self.speeds.append((self.now, message.speed))

    def _on_diagnostics(self, message):
        self.reasons |= {s.message for s in message.status}

    def header(self, frame='odom'):
        return make_header(stamp_of(self.now), frame)

    def send(self, goal):
        self.result, self.goal_handle, self.feedback = None, None, []
        future = self.follow.send_goal_async(
            goal, feedback_callback=lambda m: self.feedback.append(m.feedback)
        )
        future.add_done_callback(self._on_goal)

    def _on_goal(self, future):
        self.goal_handle = future.result()
        self.goal_handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future):
        self.result = future.result().result

    def rest_after(self, since):
        """Time from `since` until the base rests [s]; None while it moves."""
        later = [(stamp, speed) for stamp, speed in self.speeds if stamp >= since]
        if not later or later[-1][1] > REST:
            return None
        return max([stamp - since for stamp, speed in later if speed > REST], default=0.0)


class MobileGraph(Launched):
    """A launch of `mobility.launch.yaml`, watched."""

    def __init__(self, *arguments):
        super().__init__(Watcher, 'mobility.launch.yaml', *arguments)

    def is_passing(self):
        return self.node.gate.state in (GateState.PASSING, GateState.CLAMPING)

    def set_fault(self, fault):
        """Put a fault into the simulator; the simulated time just before."""
        value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=fault)
        before = self.node.now
        request = SetParameters.Request(parameters=[Parameter(name='fault', value=value)])
        self.call(self.node.faults, request)
        return before

    def mend(self):
        """No fault, the base at its start, and a gate that passes."""
        self.set_fault('none')
        self.call(self.node.home, Trigger.Request())
        self.spin_for(0.3)  # by then the gate has seen the odometry jump home
        self.wait(lambda: self.released(), 30, 'a reset of the gate')
        self.wait(self.is_passing, 20, 'the gate to pass')
        self.wait(self.node.follow.server_is_ready, 20, 'follow_route')
        self.spin_for(0.3)

    def released(self):
        self.spin_for(0.1)
        if self.node.gate.state != GateState.STOPPED:
            return True
        return self.call(self.node.reset, Trigger.Request()).success

    def goal(self, x, y, yaw=math.nan, frame='odom'):
        goal = FollowRoute.Goal()
        goal.goal_pose = pose_to_message(x, y, yaw, self.node.header(frame))
        return goal

    def route(self, points, yaw=math.nan, frame='odom'):
        path = path_to_message(np.array(points, dtype=float), self.node.header(frame), yaw)
        return FollowRoute.Goal(route=path)

    def answer(self, goal, timeout=60):
        """Send a goal and wait for the result."""
        self.node.send(goal)
        self.wait(lambda: self.node.result is not None, timeout, 'the result')
        return self.node.result

    def start_moving(self):
        self.node.send(self.goal(8.0, 0.0))
        self.wait(lambda: self.node.truth.speed > 0.5, 20, 'the base to move')
