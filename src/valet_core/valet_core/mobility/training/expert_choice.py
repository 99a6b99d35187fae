"""Which expert a body's student follows: its specialist, the planner, or the better of both."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.learning.dagger import Expert
from valet_core.mobility.control.networks import load_policy, specialist_name
from valet_core.mobility.training.experts import PlannerExpert, SpecialistExpert
from valet_core.mobility.training.policy_check import check_policy
from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['EXPERTS', 'choose_expert']

EXPERTS = ('specialist', 'planner', 'best')


def choose_expert(
    kind: str, drives: TrainingDrives, models: Path
) -> tuple[Expert, dict[str, Any]]:
    """The expert of a body, and how it was chosen.

    Args:
        kind: one of EXPERTS; a body without a specialist has the planner.
        drives: of the body; `best` lets both candidates drive them.
        models: folder of models.

    Raises:
        InvalidInputError: if there is no such kind.
    """
    if kind not in EXPERTS:
        raise InvalidInputError(f'kind: received {kind!r}; allowed: {", ".join(EXPERTS)}')
    planner, folder = PlannerExpert(drives), models / specialist_name(drives.embodiment.name)
    if kind == 'planner' or not (folder / 'policy.safetensors').is_file():
        return planner, {'expert': 'planner'}
    std = json.loads((folder / 'config.json').read_text())['std']
    specialist = SpecialistExpert(load_policy(folder), np.array(std))
    if kind == 'specialist':
        return specialist, {'expert': 'specialist'}
    experts: dict[str, Expert] = {'specialist': specialist, 'planner': planner}
    found = {label: _check(drives, expert) for label, expert in experts.items()}
    best = max(found, key=lambda label: (found[label]['success'], label == 'specialist'))
    return experts[best], {'expert': best, **found}


def _check(drives: TrainingDrives, expert: Expert) -> dict[str, Any]:
    return check_policy(drives, lambda seen: expert.targets(seen)[:, : drives.action_size])
