"""Stage 3: one generalist for all bodies, from an expert of each, on its own drives.

The student drives every body; for each state that it meets, that body's expert says what it
would do. The descriptor of the body is part of the features, so that another body can be driven
by describing it.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from valet_core.common.config import check, setting
from valet_core.learning.dagger import DaggerConfig, Expert, dagger
from valet_core.learning.losses import LOSSES
from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.learning.seeds import seeded
from valet_core.learning.supervised import Examples, fit
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.mobility.control.networks import ACTIONS, PolicyNetwork
from valet_core.mobility.training.symmetry import left_right
from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['DistillConfig', 'distill', 'fresh_student']


@dataclasses.dataclass(frozen=True)
class DistillConfig:
    """The network and how it is trained."""

    hidden: tuple[int, ...] = setting((384, 256, 128), 'hidden layers', '', 4, 4096)
    loss: str = setting('kl', 'what is minimised', choices=tuple(LOSSES))
    seed: int = setting(0, 'of everything', '', 0, None)
    dagger: DaggerConfig = DaggerConfig(steps=(120,) * 4, passes=6, last_passes=16, noise=0.06)

    def __post_init__(self) -> None:
        check(self)

    def sizes(self, features: FeatureConfig) -> tuple[int, ...]:
        """Of the student's layers: features, hidden ones, means and log-spreads of actions."""
        return feature_size(features), *self.hidden, 2 * ACTIONS


def distill(
    fleets: Mapping[str, TrainingDrives], experts: Mapping[str, Expert], config: DistillConfig,
    report: Callable[[dict[str, Any]], None] = print,
    keep: Callable[[PolicyNetwork], None] = lambda policy: None,
) -> tuple[PolicyNetwork, Examples]:
    """Train the generalist.

    Args:
        fleets: drives of each body, by name, all with the same features.
        experts: of each body, telling means and spreads.
        config: the network and how it is trained.
        report: is given a record after each round.
        keep: is given the policy after each round.

    Returns:
        The generalist and all that it learnt from, for other losses on the same data.
    """
    rng = seeded(config.seed)
    features = next(iter(fleets.values())).features.config
    model, examples = make_mlp(config.sizes(features)), Examples()
    sites = [(drives, experts[name]) for name, drives in fleets.items()]
    rounds = dagger(model, sites, examples, config.dagger, LOSSES[config.loss], rng,
                    left_right(features, spreads=True))  # fmt: skip
    for turn in rounds:
        counts = {name: drives.counts for name, drives in fleets.items()}
        report({'round': turn.number}
               | {name: [round(c.success, 3), c.drives] for name, c in counts.items()}
               | {'loss': turn.loss, 'examples': len(examples),
                  'seconds': round(turn.seconds, 1)})  # fmt: skip
        policy = PolicyNetwork(turn.student, features)
        keep(policy)
    return policy, examples


def fresh_student(
    examples: Examples, config: DistillConfig, features: FeatureConfig
) -> PolicyNetwork:
    """A new student trained on examples that are there already."""
    rng = seeded(config.seed)
    model = make_mlp(config.sizes(features))
    fit(model, examples, config.dagger.fit, LOSSES[config.loss], config.dagger.last_passes, rng,
        left_right(features, spreads=True))  # fmt: skip
    return PolicyNetwork(to_mlp(model), features)
