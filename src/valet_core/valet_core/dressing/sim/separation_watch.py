"""The gate's separation rule in the simulated task, by what is perceived and not by the truth."""

import numpy as np

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.safety.arm.gate import make_separation
from valet_core.safety.arm.inputs_config import ArmInputsConfig
from valet_core.safety.arm.limits import MotionLimits
from valet_core.safety.arm.perceived_arm import PerceivedArm
from valet_core.safety.arm.separation import Separation
from valet_core.safety.arm.separation_config import SeparationConfig
from valet_core.simulation.robot import RobotArm
from valet_core.simulation.robot_model import TOOL_FRAME

__all__ = ['SeparationWatch']


class SeparationWatch:
    """Shows the rule each observation, as the gate's node does with its topics.

    Attributes:
        rule: for the limiter; None where there is no such rule.
        too_near: whether a link is so near to the perceived person that the gate would stop.
    """

    def __init__(self, config: SeparationConfig, motion: MotionLimits, solid: bool) -> None:
        """Start with nobody seen.

        Args:
            config: the distances.
            motion: limits of the tool.
            solid: whether robot and person are; else nothing keeps them apart.
        """
        self.rule: Separation | None = None
        if solid:
            self.rule = make_separation(config, motion, TOOL_FRAME)
        self.too_near = False

    def reset(self) -> None:
        """Forget what was seen."""
        self.too_near = False
        if self.rule is not None:
            self.rule.forget()

    def look(
        self,
        observation: dict[str, np.ndarray],
        whole_cloud: tuple[np.ndarray, np.ndarray] | None,
        robot: RobotArm,
        now: float,
    ) -> None:
        """Take an observation and where the robot is.

        Args:
            observation: with 'joints', 'confidence', 'cloud' and 'labels'.
            whole_cloud: points and labels before thinning, where there are any: the gate gets
                these.
            robot: in its present pose.
            now: the present time [s].
        """
        if self.rule is None:
            return
        seen = ArmEstimate(observation['joints'], observation['confidence'])
        arm = PerceivedArm.of(seen, ArmInputsConfig().min_confidence)
        self.rule.person.see_arm(arm.limb)
        points, labels = whole_cloud or (observation['cloud'], observation['labels'])
        self.rule.person.see_points(points, labels, arm.trusted)
        poses = robot.link_transforms()
        self.rule.place(now, poses, arm.phase(poses[TOOL_FRAME][:3, 3]))
        self.too_near = self.rule.fault() is not None
