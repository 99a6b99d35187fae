"""The policies of dressing by name or model folder."""

import importlib
from pathlib import Path
from typing import Any

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.control.planner_config import PlannerConfig
from valet_core.dressing.control.taught_planner import taught_planner_of
from valet_core.policy.interface import Policy
from valet_core.policy.registry import CONFIG_FILE, PolicyRegistry

__all__ = ['DRESSING_POLICIES', 'DressingPolicyType']

DressingPolicyType = Policy[DressingObservation, DressingGoal]


def _planner_of(folder: Path, config: dict[str, Any]) -> DressingPlanner:
    """The planner with the settings of a model folder, under `planner` and `path`."""
    try:
        return DressingPlanner(
            PlannerConfig(**config.get('planner', {})), PathConfig(**config.get('path', {}))
        )
    except (ConfigError, TypeError) as error:
        raise InvalidInputError(f'{folder / CONFIG_FILE}: {error}') from error


def _student_of(folder: Path, config: dict[str, Any]) -> DressingPolicyType:
    """The learned policy of a model folder."""
    # Its runtime is heavy, and the planner needs none of it.
    module = importlib.import_module('valet_core.dressing.control.student')
    student: DressingPolicyType = module.student_of(folder, config)
    return student


DRESSING_POLICIES: PolicyRegistry[DressingPolicyType] = PolicyRegistry(
    named={'planner': DressingPlanner},
    kinds={'planner': _planner_of, 'student': _student_of, 'teacher': taught_planner_of},
)
"""The planner, or a model folder: of settings of it, of lessons, or of a student."""
