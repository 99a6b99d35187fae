"""Whether the loss of distillation matters: a student by each, of the same examples."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from valet_core.learning.losses import LOSSES
from valet_core.learning.supervised import Examples
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.features import FeatureConfig
from valet_core.mobility.training.distillation import DistillConfig, fresh_student
from valet_core.mobility.training.known_map import KnownMap
from valet_core.mobility.training.policy_check import check_policy
from valet_core.mobility.training.training_drives import TrainingDrives
from valet_core.mobility.training.worlds import TRAINING_SEEDS, scene_worlds

__all__ = ['compare_losses']


def compare_losses(
    bodies: Sequence[Embodiment], examples: Examples, config: DistillConfig,
    features: FeatureConfig, worlds: int, robots: int,
    report: Callable[[dict[str, Any]], None] = print,
) -> dict[str, dict[str, Any]]:
    """How students of each loss drive in validation worlds, bare, along known ways.

    Args:
        bodies: to drive.
        examples: to learn from.
        config: the network and how it is trained, whatever its loss.
        features: of the examples.
        worlds: of each scene.
        robots: at once; each drives once.
        report: is given the results of each body.

    Returns:
        By body and loss, what `check_policy` says.
    """
    students = {
        loss: fresh_student(examples, dataclasses.replace(config, loss=loss), features)
        for loss in LOSSES
    }
    found: dict[str, dict[str, Any]] = {}
    for body in bodies:
        bank = scene_worlds(body, worlds, TRAINING_SEEDS)
        known, found[body.name] = KnownMap(body, bank), {}
        for loss, student in students.items():
            drives = TrainingDrives(body, bank, robots, config.seed, None, features, known=known)
            found[body.name][loss] = check_policy(drives, student.act)
        report({body.name: found[body.name]})
    return found
