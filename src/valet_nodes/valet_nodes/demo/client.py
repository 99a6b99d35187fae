"""The demo's node: sends the goal, listens, and keeps what it hears."""

import numpy as np
from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import Image
from valet_msgs.action import DressArm
from valet_msgs.msg import DressingTruth, GateState

from valet_nodes.demo.record import Record, Row
from valet_nodes.ros.conversions import image_from_message, seconds
from valet_nodes.ros.qos import RELIABLE, SENSOR

__all__ = ['DemoClient']


class DemoClient(Node):
    """A client of `dress_arm` that records the run from its goal to its result."""

    def __init__(self) -> None:
        """Create the client and the subscriptions."""
        super().__init__('valet_demo')
        self.record = Record()
        self.result: DressArm.Result | None = None
        self.status = GoalStatus.STATUS_UNKNOWN
        self.gate = GateState()
        self.truth = DressingTruth()
        self.feedback = DressArm.Feedback()
        self._start: float | None = None
        self.client = ActionClient(self, DressArm, 'dress_arm')
        self.create_subscription(GateState, 'safety/state', self._on_gate, RELIABLE)
        self.create_subscription(DressingTruth, 'ground_truth/dressing', self._on_truth, RELIABLE)
        self.create_subscription(Image, 'scene_camera/image_raw', self._on_image, SENSOR)

    @property
    def ready(self) -> bool:
        """Whether the gate passes commands and the action server is there."""
        passing = self.gate.state in (GateState.PASSING, GateState.CLAMPING)
        return passing and self.client.server_is_ready()

    def send(self, garment: str, side: str) -> None:
        """Send the goal; `result` is set when it has ended."""
        goal = DressArm.Goal(garment=garment, side=side)
        future = self.client.send_goal_async(goal, feedback_callback=self._on_feedback)
        future.add_done_callback(self._on_response)
        self._start = seconds(self.truth.header.stamp)

    def _on_response(self, future: object) -> None:
        handle = future.result()  # type: ignore[attr-defined]
        if not handle.accepted:
            self.result = DressArm.Result(message='the goal was rejected')
            return
        handle.get_result_async().add_done_callback(self._on_result)

    def _on_result(self, future: object) -> None:
        answer = future.result()  # type: ignore[attr-defined]
        self.status, self.result = answer.status, answer.result

    def _on_feedback(self, message: object) -> None:
        self.feedback = message.feedback  # type: ignore[attr-defined]

    def _on_gate(self, message: GateState) -> None:
        self.gate = message

    def _on_truth(self, message: DressingTruth) -> None:
        self.truth = message
        if self._start is None:
            return
        self.record.rows.append(
            Row(
                time=seconds(message.header.stamp) - self._start,
                upper_arm_ratio=message.upper_arm_ratio,
                whole_arm_ratio=message.whole_arm_ratio,
                perceived_ratio=self.feedback.dressed_ratio,
                force=self.gate.force,
                force_limit=self.gate.force_limit,
                gate=self.gate.state,
                phase=self.feedback.phase,
            )
        )

    def _on_image(self, message: Image) -> None:
        if self._start is not None:
            self.record.images.append(np.array(image_from_message(message, 'rgb8')))
