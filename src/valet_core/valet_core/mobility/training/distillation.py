"""Stage 3: one generalist for all bodies, from the specialists, on its own drives.

The student drives every body; for each state that it meets, that body's teacher says what it
would do. The descriptor of the body is part of the features, so that another body can be driven
by describing it. Loss: KL(teacher || student) of Gaussians, or the squared error of the mean.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import torch

from valet_core.common.config import check, setting
from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.mobility.control.networks import ACTIONS, PolicyNetwork
from valet_core.mobility.training.imitation import Examples, ImitationConfig, fit
from valet_core.mobility.training.teacher import Teacher
from valet_core.mobility.training.training_drives import MobilityTask
from valet_core.policy.mlp import Mlp

__all__ = [
    'LOSSES', 'DistillConfig', 'Expert', 'PlannerExpert', 'SpecialistExpert', 'distill',
    'fresh_student', 'gaussian_kl', 'mean_error',
]  # fmt: skip

LOG_STD = (-4.0, 0.5)


@dataclasses.dataclass(frozen=True)
class DistillConfig:
    """Amounts of data and training."""

    hidden: tuple[int, ...] = setting((384, 256, 128), 'hidden layers', '', 4, 4096)
    rounds: int = setting(4, 'times that data are collected', '', 1, 100)
    steps: int = setting(120, 'steps of each body in a round', '', 1, 100000)
    epochs: int = setting(6, 'passes after each round', '', 1, 1000)
    last_epochs: int = setting(16, 'passes after the last one', '', 1, 1000)
    batch: int = setting(512, 'examples of a gradient step', '', 1, 100000)
    learning_rate: float = setting(1e-3, 'of AdamW', '', 1e-6, 1.0)
    loss: str = setting('kl', 'what is minimised', choices=('kl', 'mse'))
    seed: int = setting(0, 'of everything', '', 0, None)

    def __post_init__(self) -> None:
        check(self)


class Expert(Protocol):
    """Says what to do: means and spreads, (N, 6)."""

    def targets(self, task: MobilityTask, seen: np.ndarray) -> np.ndarray:
        """Mean (3) and spread (3) of the action of each robot, (N, 6)."""


class SpecialistExpert:
    """A body's specialist."""

    def __init__(self, policy: PolicyNetwork, std: np.ndarray) -> None:
        """Take its network and the spread (3,) that its training ended with."""
        self.policy, self.std = policy, np.asarray(std, dtype=np.float64)

    def targets(self, task: MobilityTask, seen: np.ndarray) -> np.ndarray:
        """See Expert; means are clipped, as the drives clip them."""
        mean = np.clip(self.policy.act(seen), -1.0, 1.0)
        return np.concatenate([mean, np.broadcast_to(self.std, mean.shape)], axis=1)


class PlannerExpert:
    """The teacher of stage 1, which knows the map, with a spread of its own."""

    def __init__(self, task: MobilityTask, std: float = 0.1) -> None:
        """Make the teacher of a task's body."""
        self._teacher, self._std = Teacher(task.embodiment, task.known), std

    def targets(self, task: MobilityTask, seen: np.ndarray) -> np.ndarray:
        """See Expert."""
        sim = task.sim
        mean = task.map.actions(self._teacher.commands(
            sim.pose, sim.velocity, sim._steer, sim.world, sim.task, task.period
        ))  # fmt: skip
        return np.concatenate([mean, np.full_like(mean, self._std)], axis=1)


def gaussian_kl(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean KL(target || output); both hold means, outputs log-spreads, targets spreads."""
    mean, log_std = output[:, :ACTIONS], output[:, ACTIONS:].clamp(*LOG_STD)
    wanted, std = target[:, :ACTIONS], target[:, ACTIONS:]
    variance = torch.exp(2.0 * log_std)
    kl = log_std - torch.log(std) + (std**2 + (wanted - mean) ** 2) / (2.0 * variance) - 0.5
    return kl.sum(dim=1).mean()


def mean_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the means alone."""
    return ((output[:, :ACTIONS] - target[:, :ACTIONS]) ** 2).mean()


LOSSES = {'kl': gaussian_kl, 'mse': mean_error}


def distill(
    tasks: Mapping[str, MobilityTask], experts: Mapping[str, Expert], config: DistillConfig,
    report: Callable[[dict[str, Any]], None] = print,
    keep: Callable[[PolicyNetwork], None] | None = None,
) -> tuple[PolicyNetwork, Examples]:
    """Train the generalist.

    Args:
        tasks: drives of each body, by name.
        experts: of each body.
        config: amounts.
        report: is given a record after each round.
        keep: is given the policy after each round.

    Returns:
        The generalist and all that it learnt from, for other losses on the same data.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(config.seed)
    features = next(iter(tasks.values())).features.config
    model = make_mlp((feature_size(features), *config.hidden, 2 * ACTIONS))
    examples, student = Examples(), None
    for turn in range(config.rounds):
        began = time.monotonic()
        record: dict[str, Any] = {'round': turn}
        for name, task in tasks.items():
            record[name] = _collect(task, experts[name], student, config.steps, examples, rng)
        last = turn == config.rounds - 1
        passes = config.last_epochs if last else config.epochs
        record['loss'] = fit_student(model, examples, config, features, passes, rng)
        student = to_mlp(model)
        record |= {'examples': sum(map(len, examples.features)),
                   'seconds': round(time.monotonic() - began, 1)}  # fmt: skip
        report(record)
        if keep is not None:
            keep(PolicyNetwork(student, features))
    assert student is not None
    return PolicyNetwork(student, features), examples


def fresh_student(examples: Examples, config: DistillConfig, features: FeatureConfig) -> Mlp:
    """A new student trained on examples that are there already."""
    torch.manual_seed(config.seed)
    model = make_mlp((feature_size(features), *config.hidden, 2 * ACTIONS))
    rng = np.random.default_rng(config.seed)
    fit_student(model, examples, config, features, config.last_epochs, rng)
    return to_mlp(model)


def fit_student(
    model: torch.nn.Module, examples: Examples, config: DistillConfig, features: FeatureConfig,
    passes: int, rng: np.random.Generator,
) -> float:
    """Train a student on examples with the loss of the configuration; its last mean."""
    amounts = ImitationConfig(batch=config.batch, learning_rate=config.learning_rate)
    signs = (1.0, -1.0, -1.0, 1.0, 1.0, 1.0)
    return fit(model, examples, amounts, features, LOSSES[config.loss], passes, rng, signs)


def _collect(
    task: MobilityTask, expert: Expert, student: Mlp | None, steps: int, examples: Examples,
    rng: np.random.Generator,
) -> list[float]:
    """Drive by the student (the expert in the first round); success rate and drives."""
    seen = task.reset()
    task.drives = task.arrivals = task.collisions = 0
    jitter = np.zeros((task.count, ACTIONS))
    for _ in range(steps):
        targets = expert.targets(task, seen)
        examples.add(seen, targets)
        jitter = 0.9 * jitter + 0.06 * rng.standard_normal(jitter.shape)
        action = targets[:, :ACTIONS] if student is None else student(seen)[:, :ACTIONS]
        seen = task.step(action + (1.0 if student is None else 0.3) * jitter).features
    return [round(task.arrivals / max(task.drives, 1), 3), task.drives]
