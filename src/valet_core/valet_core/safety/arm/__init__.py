"""What the gate of an arm adds: wrench, perception, the tool's workspace, the monitor."""

from valet_core.safety.arm.gate import ArmGate, ArmGateConfig
from valet_core.safety.arm.inputs import ArmInputs, ArmInputsConfig
from valet_core.safety.arm.limits import MotionLimits, TwistLimiter
from valet_core.safety.arm.verdict import Verdict

__all__ = [
    'ArmGate',
    'ArmGateConfig',
    'ArmInputs',
    'ArmInputsConfig',
    'MotionLimits',
    'TwistLimiter',
    'Verdict',
]
