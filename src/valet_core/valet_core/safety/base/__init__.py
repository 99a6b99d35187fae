"""What the gate of a mobile base adds: scan, odometry, the limits of its embodiment."""

from valet_core.safety.base.gate import BaseGate, BaseGateConfig
from valet_core.safety.base.inputs import BaseInputs, BaseInputsConfig
from valet_core.safety.base.limiter import BaseLimiter, BaseLimits
from valet_core.safety.base.stop_zone import BaseBody, StopZoneConfig

__all__ = [
    'BaseBody',
    'BaseGate',
    'BaseGateConfig',
    'BaseInputs',
    'BaseInputsConfig',
    'BaseLimiter',
    'BaseLimits',
    'StopZoneConfig',
]
