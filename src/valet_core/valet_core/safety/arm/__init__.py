"""What the gate of an arm adds: wrench, perception, workspace, separation, the monitor."""

from valet_core.safety.arm.gate import ArmGate, ArmGateConfig
from valet_core.safety.arm.inputs import ArmInputs
from valet_core.safety.arm.inputs_config import ArmInputsConfig
from valet_core.safety.arm.limits import MotionLimits, TwistLimiter
from valet_core.safety.arm.separation import Separation
from valet_core.safety.arm.separation_config import SeparationConfig
from valet_core.safety.verdict import Verdict

__all__ = [
    'ArmGate',
    'ArmGateConfig',
    'ArmInputs',
    'ArmInputsConfig',
    'MotionLimits',
    'Separation',
    'SeparationConfig',
    'TwistLimiter',
    'Verdict',
]
