"""The newest of each of a policy's inputs, put together as one observation."""

from collections.abc import Callable

from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import PointCloud2
from valet_msgs.msg import ArmPose

from valet_core.common.errors import StaleInputError
from valet_core.dressing.control.observation import DressingObservation
from valet_nodes.ros.conversions import (
    arm_from_message,
    cloud_from_message,
    seconds,
    wrench_from_message,
)
from valet_nodes.ros.tf_listener import TransformListener

__all__ = ['DressingInputs']


class DressingInputs:
    """Puts messages together; an observation is refused when one of them is too old."""

    def __init__(
        self,
        transforms: TransformListener,
        cloud: Callable[[], PointCloud2 | None],
        wrench: Callable[[], WrenchStamped | None],
        timeout: float,
        base: str = 'base_link',
        tool: str = 'tool0',
    ) -> None:
        """Take what gives the newest, and the frames.

        Args:
            transforms: gives the pose of the tool.
            cloud: gives the newest perceived cloud.
            wrench: gives the newest wrench.
            timeout: oldest input allowed [s].
            base: frame that everything is expressed in.
            tool: frame of the tool.
        """
        self._transforms, self._timeout = transforms, timeout
        self._cloud, self._wrench = cloud, wrench
        self._base, self._tool = base, tool
        self._arm: ArmPose | None = None
        self._shown: ArmPose | None = None  # in the last observation

    def on_arm(self, message: ArmPose) -> None:
        """Keep the arm pose."""
        self._arm = message

    @property
    def fresh(self) -> bool:
        """Whether an arm pose has come since the last observation."""
        return self._arm is not self._shown

    def observation(self, now: float) -> DressingObservation:
        """Everything that a policy may see now.

        Args:
            now: the present time [s].

        Raises:
            StaleInputError: naming the topic that is absent or too old.
        """
        arm = self._fresh(self._arm, 'perception/arm', now)
        cloud = self._fresh(self._cloud(), 'perception/cloud', now)
        wrench = self._fresh(self._wrench(), 'wrench', now)
        tool = self._transforms.buffer.lookup(self._base, self._tool, now, self._timeout)
        points, labels = cloud_from_message(cloud)
        estimate = arm_from_message(arm)
        self._shown = self._arm
        return DressingObservation(
            time=seconds(arm.header.stamp),
            arm=estimate,
            cloud=points,
            labels=labels,
            T_base_tool=tool.matrix,
            wrench=wrench_from_message(wrench.wrench),
        )

    def _fresh(self, message: object, topic: str, now: float) -> object:
        if message is None:
            raise StaleInputError(f'{topic}: nothing has been received')
        age = now - seconds(message.header.stamp)  # type: ignore[attr-defined]
        if age > self._timeout:
            raise StaleInputError(f'{topic}: {age:.2f} s old, allowed {self._timeout:.2f} s')
        return message
