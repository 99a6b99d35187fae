"""The command gate: one state machine without any clock; `arm` and `base` say what differs."""

from valet_core.safety.aliveness import Aliveness, AlivenessConfig
from valet_core.safety.decision import Decision, GateState, ResetResult
from valet_core.safety.fault import Fault
from valet_core.safety.force import ForceLimits, ForceRule
from valet_core.safety.gate import Gate, GateTiming
from valet_core.safety.inputs import Inputs
from valet_core.safety.limiter import Limited, Limiter
from valet_core.safety.watchdog import ClockWatch, Freshness, InputConfig

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
    'GateState',
    'GateTiming',
    'InputConfig',
    'Inputs',
    'Limited',
    'Limiter',
    'ResetResult',
]
