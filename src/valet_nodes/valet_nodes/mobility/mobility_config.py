"""What the mobility node can be told."""

from dataclasses import dataclass

from valet_core.common.config import setting
from valet_core.mobility.control.following.drive_config import DriveConfig

__all__ = ['MobilityConfig']


@dataclass(frozen=True)
class MobilityConfig(DriveConfig):
    """Which base and controller, and the drive's rules."""

    embodiment: str = setting('jackal_real', 'name of the base, or path of its .yaml')
    controller: str = setting('generalist', 'name of the controller, or a model folder')
    seed: int = setting(0, 'of the controller', '', 0, 2**31 - 1)
    rate: float = setting(20.0, 'commands sent to the gate', 'Hz', 5.0, 50.0)
    input_timeout: float = setting(0.5, 'oldest input that a drive goes on with', 's', 0.05, 5.0)
    odom_frame: str = setting('odom', 'frame of the odometry')
    base_frame: str = setting('base_link', 'frame of the base')
