"""The command gate: limits, watchdogs, force; a pure state machine without any clock."""

from valet_core.safety.force import ForceLimits, ForceRule
from valet_core.safety.gate import Decision, Gate, GateConfig, GateState, ResetResult
from valet_core.safety.inputs import Fault, InputsConfig
from valet_core.safety.limits import MotionLimits, TwistLimiter
from valet_core.safety.watchdog import (
    Aliveness,
    AlivenessConfig,
    ClockWatch,
    Freshness,
    InputConfig,
)

__all__ = [
    'Aliveness',
    'AlivenessConfig',
    'ClockWatch',
    'Decision',
    'Fault',
    'ForceLimits',
    'ForceRule',
    'Freshness',
    'Gate',
    'GateConfig',
    'GateState',
    'InputConfig',
    'InputsConfig',
    'MotionLimits',
    'ResetResult',
    'TwistLimiter',
]
