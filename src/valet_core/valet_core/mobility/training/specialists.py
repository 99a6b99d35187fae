"""Stage 2: a body's specialist, the frozen base and a residual that PPO trains.

The action is base(features) + residual(features). Without a base this is reinforcement learning
from scratch, the baseline.
"""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from rsl_rl.algorithms import PPO

from valet_core.common.config import check, setting
from valet_core.learning.mlp import to_mlp
from valet_core.learning.ppo import PpoConfig, PpoUpdate, make_ppo, updates
from valet_core.learning.residual_env import ResidualEnv
from valet_core.learning.seeds import seeded
from valet_core.mobility.control.networks import PolicyNetwork
from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['SpecialistConfig', 'train_specialist']

REPORTED = 10  # updates from one record to the next


@dataclasses.dataclass(frozen=True)
class SpecialistConfig:
    """How much and how a specialist is trained."""

    steps: int = setting(400_000, 'of all robots together', '', 1, None)
    seed: int = setting(0, 'of everything', '', 0, None)
    ppo: PpoConfig = PpoConfig()

    def __post_init__(self) -> None:
        check(self)


def train_specialist(
    drives: TrainingDrives, base: PolicyNetwork | None, config: SpecialistConfig,
    report: Callable[[dict[str, Any]], None] = print,
    keep: Callable[[PolicyNetwork], None] = lambda policy: None,
) -> PolicyNetwork:
    """Train a specialist.

    Args:
        drives: of its body, with the base's features.
        base: frozen base policy, or None for learning from scratch.
        config: how much and how.
        report: is given a record now and then.
        keep: is given the policy so far now and then.

    Returns:
        Base and residual, or the network alone where there is no base.
    """
    seeded(config.seed)
    env = ResidualEnv(drives, base.base if base is not None else None)
    ppo = make_ppo(env, config.ppo)
    began, each = time.monotonic(), drives.count * config.ppo.horizon
    count = max(config.steps // each, 1)
    for update in updates(ppo, env, count, config.ppo.horizon):
        done = update.number + 1
        if done % REPORTED == 0 or done == count:
            report(_record(drives, done * each, update, time.monotonic() - began))
            keep(_policy(drives, base, ppo))
            drives.clear_counts()
    return _policy(drives, base, ppo)


def _policy(drives: TrainingDrives, base: PolicyNetwork | None, ppo: PPO) -> PolicyNetwork:
    network = to_mlp(ppo.actor)
    if base is None:
        return PolicyNetwork(network, drives.features.config)
    return PolicyNetwork(base.base, base.features, network)


def _record(
    drives: TrainingDrives, steps: int, update: PpoUpdate, seconds: float
) -> dict[str, Any]:
    counts = drives.counts
    return {
        'embodiment': drives.embodiment.name,
        'steps': steps,
        'drives': counts.drives,
        'success': round(counts.success, 4),
        'collision': round(counts.collision, 4),
        'reward': round(update.reward, 4),
        'value_loss': round(update.losses['value'], 4),
        'std': [round(std, 3) for std in update.std],
        'learning_rate': update.learning_rate,
        'seconds': round(seconds, 1),
    }
