"""Shape of the tool's path over an arm."""

from dataclasses import dataclass

from valet_core.common.config import check, setting

__all__ = ['PathConfig']


@dataclass(frozen=True)
class PathConfig:
    """Shape of the path; what errors of perception add to its distances is with the planner."""

    entry: float = setting(0.075, "from the hand's axis to the tool", 'm', 0.03, 0.3)
    entry_up: float = setting(0.02, 'less of that where the hand points up', 'm', 0.0, 0.1)
    deep: float = setting(0.06, 'into the sleeve before the tool changes sides', 'm', 0.0, 0.3)
    align: float = setting(0.02, 'before the fingertip, where the opening is aligned', 'm', 0, 0.2)
    clearance: float = setting(0.09, "from the arm's axis to the tool", 'm', 0.03, 0.3)
    overshoot: float = setting(0.02, 'past the elbow, along the forearm', 'm', 0.0, 0.3)
    outside: float = setting(1.0, 'share of the way from beside to outside the elbow', '', 0, 1)
    straight_deg: float = setting(25.0, 'an elbow bent less is passed over', 'deg', 0.0, 90.0)
    end_overshoot: float = setting(0.03, 'past the shoulder (+) or before it (-)', 'm', -0.2, 0.2)
    turn: float = setting(0.0, 'share of the turn of the limb that the tool follows', '', 0.0, 1.0)
    lean_deg: float = setting(
        50.0, "largest angle of the gripper's body from the side of the limb", 'deg', 0.0, 180.0
    )
    reach: float = setting(0.9, 'of the tool from the robot', 'm', 0.1, 5.0)
    reach_height: float = setting(0.16, "centre of that above the robot's base", 'm', 0.0, 2.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
