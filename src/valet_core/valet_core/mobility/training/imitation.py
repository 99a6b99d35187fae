"""Stage 1: a base policy that imitates the planner on few bodies, with DAgger."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import torch

from valet_core.common.config import check, setting
from valet_core.learning.dagger import DaggerConfig, dagger
from valet_core.learning.mlp import make_mlp
from valet_core.learning.seeds import seeded
from valet_core.learning.supervised import Examples
from valet_core.mobility.control.features import feature_size
from valet_core.mobility.control.networks import ACTIONS, PolicyNetwork
from valet_core.mobility.training.experts import PlannerExpert
from valet_core.mobility.training.symmetry import left_right
from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['ImitationConfig', 'imitate']


@dataclasses.dataclass(frozen=True)
class ImitationConfig:
    """The network and how it is trained."""

    hidden: tuple[int, ...] = setting((256, 128), 'hidden layers', '', 4, 4096)
    seed: int = setting(0, 'of everything', '', 0, None)
    dagger: DaggerConfig = DaggerConfig(steps=(200, 200, 250, 250, 250))

    def __post_init__(self) -> None:
        check(self)


def imitate(
    fleets: Sequence[TrainingDrives], config: ImitationConfig,
    report: Callable[[dict[str, Any]], None] = print,
    keep: Callable[[PolicyNetwork], None] = lambda policy: None,
) -> PolicyNetwork:
    """Train the base policy.

    Args:
        fleets: drives of each body that it learns on, all with the same features.
        config: the network and how it is trained.
        report: is given a record after each round.
        keep: is given the policy after each round.
    """
    rng = seeded(config.seed)
    features = fleets[0].features.config
    model = make_mlp((feature_size(features), *config.hidden, ACTIONS))
    examples = Examples()
    sites = [(drives, PlannerExpert(drives, std=None)) for drives in fleets]
    rounds = dagger(model, sites, examples, config.dagger, torch.nn.functional.mse_loss, rng,
                    left_right(features))  # fmt: skip
    for turn in rounds:
        record: dict[str, Any] = {'round': turn.number}
        for drives in fleets:
            name, counts = drives.embodiment.name, drives.counts
            record |= {f'{name}_success': round(counts.success, 3),
                       f'{name}_drives': counts.drives}  # fmt: skip
        report(record | {'loss': turn.loss, 'examples': len(examples),
                         'seconds': round(turn.seconds, 1)})  # fmt: skip
        policy = PolicyNetwork(turn.student, features)
        keep(policy)
    return policy
