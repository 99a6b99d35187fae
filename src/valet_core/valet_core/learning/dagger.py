"""DAgger: a student acts, an expert says what it would have done, the student learns from it.

Ross et al., A reduction of imitation learning and structured prediction to no-regret online
learning, 2011. What the student learns is a matter of the expert's labels and of the loss:
actions (imitation) or distributions of them (distillation).
"""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.learning.environment import VectorEnv
from valet_core.learning.mlp import to_mlp
from valet_core.learning.supervised import Examples, FitConfig, Loss, Mirror, fit
from valet_core.policy.mlp import Mlp

__all__ = ['DaggerConfig', 'DaggerRound', 'Expert', 'collect', 'dagger']

NOISE_MEMORY = 0.9  # share of the disturbance that is left after a step
STUDENT_NOISE = 0.3  # a student strays by itself: share of the expert's disturbance that it gets


@dataclasses.dataclass(frozen=True)
class DaggerConfig:
    """Amounts of data and of training."""

    steps: tuple[int, ...] = setting((200,) * 4, 'of each environment a round', '', 1, 100000)
    passes: int = setting(12, 'over the examples after each round', '', 1, 1000)
    last_passes: int = setting(12, 'over the examples after the last round', '', 1, 1000)
    noise: float = setting(0.1, 'what disturbs the actions anew each step', '', 0.0, 1.0)
    fit: FitConfig = FitConfig()

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field.
        """
        check(self)
        if not self.steps:
            raise ConfigError('steps: received none; allowed: one for each round, at least one')


class Expert(Protocol):
    """Says what to do in the present state of an environment."""

    def targets(self, observation: np.ndarray) -> np.ndarray:
        """Labels (N, T) of observations (N, F); their first A entries are the actions wanted."""


class DaggerRound(NamedTuple):
    """What a round has come to."""

    number: int
    """From 0."""
    student: Mlp
    """As it is after the round; its first A outputs are actions."""
    loss: float
    """Mean of the last pass."""
    seconds: float


def dagger(
    model: torch.nn.Module, sites: Sequence[tuple[VectorEnv, Expert]], examples: Examples,
    config: DaggerConfig, loss: Loss, rng: np.random.Generator, mirror: Mirror | None = None,
) -> Iterator[DaggerRound]:
    """Train a student round by round; each round happens when it is asked for.

    Args:
        model: the student, linear layers with ELU between them; changed.
        sites: environments, each with its expert.
        examples: that grow by each round.
        config: amounts.
        loss: of the student's outputs and the expert's labels.
        rng: of disturbances and of the order of examples.
        mirror: a symmetry of the task.

    Yields:
        Each round, once the student has learnt from it.
    """
    student = None
    for index, steps in enumerate(config.steps):
        began = time.monotonic()
        for environment, expert in sites:
            collect(environment, expert, student, steps, examples, config.noise, rng)
        passes = config.last_passes if index == len(config.steps) - 1 else config.passes
        mean = fit(model, examples, config.fit, loss, passes, rng, mirror)
        student = to_mlp(model)
        yield DaggerRound(index, student, mean, time.monotonic() - began)


def collect(
    environment: VectorEnv, expert: Expert, student: Mlp | None, steps: int,
    examples: Examples, noise: float, rng: np.random.Generator,
) -> None:
    """Add an expert's labels of the states that a student meets, or that it meets itself.

    Args:
        environment: that is begun anew.
        expert: gives the labels.
        student: acts, or None to have the expert act.
        steps: how many; each gives N examples.
        examples: to add to.
        noise: what disturbs the actions anew each step.
        rng: of the disturbance.
    """
    size = environment.action_size
    seen = environment.reset()
    jitter = np.zeros((environment.count, size))
    for _ in range(steps):
        targets = expert.targets(seen)
        examples.add(seen, targets)
        jitter = NOISE_MEMORY * jitter + noise * rng.standard_normal(jitter.shape)
        action = (targets if student is None else student(seen))[:, :size]
        share = 1.0 if student is None else STUDENT_NOISE
        seen = environment.step(action + share * jitter).observation
