"""The demo's client of `dress_arm`."""

from typing import NamedTuple

import numpy as np
from sensor_msgs.msg import Image
from valet_msgs.action import DressArm
from valet_msgs.msg import ArmPose, DressingTruth

from valet_nodes.demo.client import DemoClient, Endpoint
from valet_nodes.ros.conversions import image_from_message
from valet_nodes.ros.qos import RELIABLE, SENSOR

__all__ = ['DressingClient', 'DressingRow']


class DressingRow(NamedTuple):
    """One moment of a run."""

    time: float
    """Since the goal was sent [s], simulated."""
    upper_arm_ratio: float
    """True dressed share of the upper arm."""
    whole_arm_ratio: float
    """True dressed share of forearm and upper arm."""
    perceived_ratio: float
    """Dressed share of the whole arm as the policy perceives it."""
    force: float
    """Measured force on the tool [N]."""
    force_limit: float
    """The gate's limit on it in the present phase [N]."""
    gate: int
    """A state of valet_msgs/GateState."""
    phase: str
    """Phase of the task."""


class DressingClient(DemoClient[DressingRow]):
    """Records how an arm is dressed, and the images of the scene camera."""

    def __init__(self) -> None:
        """Create the client and the subscriptions."""
        super().__init__(
            'valet_demo',
            'dressing_sim',
            Endpoint(DressArm, 'dress_arm'),
            Endpoint(DressingTruth, 'ground_truth/dressing'),
            'safety/state',
            'policy/command',
        )
        self.images: list[np.ndarray] = []
        """Since the goal was sent, (H, W, 3) uint8 each."""
        self._arm_heard = False
        self.create_subscription(ArmPose, 'perception/arm', self._on_arm, RELIABLE)
        self.create_subscription(Image, 'scene_camera/image_raw', self._on_image, SENSOR)

    @property
    def ready(self) -> bool:
        """Whether a goal can be sent, which perception must be up for."""
        return super().ready and self._arm_heard

    def send(self, garment: str, side: str) -> None:
        """Send the goal."""
        self.send_goal(DressArm.Goal(garment=garment, side=side))

    def row(self, time: float) -> DressingRow:
        """The present moment."""
        return DressingRow(
            time=time,
            upper_arm_ratio=self.truth.upper_arm_ratio,
            whole_arm_ratio=self.truth.whole_arm_ratio,
            perceived_ratio=self.feedback.dressed_ratio,
            force=self.gate.force,
            force_limit=self.gate.force_limit,
            gate=self.gate.state,
            phase=self.feedback.phase,
        )

    def _on_arm(self, _message: ArmPose) -> None:
        self._arm_heard = True

    def _on_image(self, message: Image) -> None:
        if self.recording:
            self.images.append(np.array(image_from_message(message, 'rgb8')))
