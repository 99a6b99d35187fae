"""The settings of the planner that the search for teachers tries."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.control.planner_config import PlannerConfig

__all__ = ['TeacherSetting', 'setting_for', 'setting_from_mapping', 'teacher_with']

TURNS = (0.5, 1.0)
RANGES = {
    'entry': (0.055, 0.095), 'deep': (0.03, 0.10), 'align': (0.0, 0.05),
    'clearance': (0.075, 0.11), 'overshoot': (0.0, 0.06), 'outside': (0.5, 1.0),
    'end_overshoot': (0.01, 0.06), 'lean_deg': (25.0, 80.0),
}  # fmt: skip
ENTRY_SPEED = (0.05, 0.10)  # [m/s]


class TeacherSetting(NamedTuple):
    """What a teacher changes of the planner's settings."""

    path: dict[str, float]
    """Of `PathConfig`."""
    planner: dict[str, float]
    """Of `PlannerConfig`."""

    def as_mapping(self) -> dict[str, dict[str, float]]:
        """As the config.json of a planner's model folder has it."""
        return {'path': dict(self.path), 'planner': dict(self.planner)}


def setting_for(attempt: int, cell_seed: int, seed: int) -> TeacherSetting:
    """The setting of a numbered attempt at a cell.

    The first is the planner as it is, the next two turn the tool with the limb, which rescues
    most; the others are random, and most of them turn it too.

    Args:
        attempt: from 0.
        cell_seed: of the cell.
        seed: of the search.
    """
    if attempt == 0:
        return TeacherSetting({}, {})
    if attempt <= len(TURNS):
        return TeacherSetting({'turn': TURNS[attempt - 1]}, {})
    rng = np.random.default_rng([seed, cell_seed, attempt])
    path = {name: round(float(rng.uniform(*limits)), 4) for name, limits in RANGES.items()}
    path['turn'] = float(rng.choice([0.0, 0.5, 1.0], p=[0.2, 0.4, 0.4]))
    return TeacherSetting(path, {'entry_speed': round(float(rng.uniform(*ENTRY_SPEED)), 4)})


def setting_from_mapping(mapping: dict[str, Any]) -> TeacherSetting:
    """What `as_mapping` gave."""
    return TeacherSetting(dict(mapping['path']), dict(mapping['planner']))


def teacher_with(setting: TeacherSetting) -> DressingPlanner:
    """The planner with a setting.

    Raises:
        ConfigError: for a value that is not allowed.
    """
    planner: dict[str, Any] = dict(setting.planner)
    path: dict[str, Any] = dict(setting.path)
    return DressingPlanner(
        dataclasses.replace(PlannerConfig(), **planner), dataclasses.replace(PathConfig(), **path)
    )
