"""When a drive is over, and how patient it is."""

from dataclasses import dataclass

from valet_core.common.config import check, setting

__all__ = ['DriveConfig']


@dataclass(frozen=True)
class DriveConfig:
    """What whoever drives a route and whoever judges the drive go by alike."""

    goal_tolerance: float = setting(0.3, 'arrived within', 'm', 0.02, 5.0)
    yaw_tolerance: float = setting(0.15, 'heading of the goal met within', 'rad', 0.01, 3.2)
    rest_speed: float = setting(0.1, 'speed that counts as rest', 'm/s and rad/s', 0.01, 1.0)
    lookahead: float = setting(3.0, 'the controller aims this far along a route', 'm', 0.5, 50.0)
    stuck_time: float = setting(15.0, 'stuck when it has not moved for', 's', 0.5, 120.0)
    stuck_distance: float = setting(0.15, 'less than this counts as not moved', 'm', 0.01, 2.0)
    progress_time: float = setting(
        30.0, 'stuck when it has come no closer for', 's', 2.0, 600.0
    )
    retreat_distance: float = setting(0.6, 'way back when stuck', 'm', 0.1, 3.0)
    recoveries: int = setting(3, 'attempts to get unstuck', '', 0, 20)
    blocked_time: float = setting(
        2.0, 'goal taken for blocked when an obstacle stood on it for', 's', 0.0, 60.0
    )
    timeout: float = setting(600.0, 'longest drive', 's', 1.0, 36000.0)
    match_scans: bool = setting(True, 'correct odometry by matching scans')

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
