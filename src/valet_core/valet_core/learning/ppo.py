"""PPO of a policy that starts at zero: as a residual, as its base exactly.

The algorithm is rsl_rl's (Schulman et al., Proximal policy optimization algorithms, 2017); RND is
random network distillation (Burda et al., 2018).
"""

import contextlib
import dataclasses
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from rsl_rl.algorithms import PPO

from valet_core.common.config import check, setting
from valet_core.learning.mlp import zero_last
from valet_core.learning.residual_env import ResidualEnv

__all__ = ['PpoConfig', 'PpoUpdate', 'make_ppo', 'updates']


@dataclasses.dataclass(frozen=True)
class PpoConfig:
    """Settings of PPO."""

    horizon: int = setting(32, 'steps of each copy between updates', '', 1, 10000)
    hidden: tuple[int, ...] = setting((128, 128), 'hidden layers', '', 4, 4096)
    epochs: int = setting(4, 'passes of an update', '', 1, 100)
    minibatches: int = setting(4, 'of each pass', '', 1, 1000)
    learning_rate: float = setting(3e-4, 'at the start; it adapts to the KL', '', 1e-6, 1.0)
    desired_kl: float = setting(0.01, 'change of the policy by an update', '', 1e-5, 1.0)
    gamma: float = setting(0.99, 'discount', '', 0.0, 1.0)
    entropy: float = setting(0.0005, 'weight of the entropy', '', 0.0, 1.0)
    std: float = setting(0.2, 'spread of the actions at the start', '', 1e-3, 2.0)
    rnd: float = setting(0.0, 'weight of the bonus for novelty (RND); 0 is off', '', 0.0, 100.0)

    def __post_init__(self) -> None:
        check(self)


class PpoUpdate(NamedTuple):
    """How an update went."""

    number: int
    """From 0."""
    reward: float
    """Mean of a step since the update before."""
    losses: dict[str, float]
    std: list[float]
    """Spread of each action, (A,)."""
    learning_rate: float


def make_ppo(env: ResidualEnv, config: PpoConfig) -> PPO:
    """PPO whose actor's last layer is zero: step 0 is the base."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its networks
        ppo = PPO.construct_algorithm(env.get_observations(), env, _settings(config), 'cpu')
    zero_last(ppo.actor)
    return ppo


def updates(ppo: PPO, env: ResidualEnv, count: int, horizon: int) -> Iterator[PpoUpdate]:
    """Act and learn; each update happens when it is asked for.

    Args:
        ppo: of `make_ppo` for the same environment and horizon; changed.
        env: that is acted in.
        count: of updates.
        horizon: steps of each copy before an update.

    Yields:
        Each update.
    """
    ppo.train_mode()
    for index in range(count):
        reward = _rollout(ppo, env, horizon)
        losses = ppo.update()
        std = ppo.get_policy().output_std.detach().mean(dim=0)
        yield PpoUpdate(index, reward, losses, std.tolist(), ppo.learning_rate)


def _rollout(ppo: PPO, env: ResidualEnv, horizon: int) -> float:
    """Act for `horizon` steps; the mean reward of a step."""
    total, seen = 0.0, env.get_observations()
    with torch.inference_mode():
        for _ in range(horizon):
            seen, reward, done, extras = env.step(ppo.act(seen))
            ppo.process_env_step(seen, reward, done, extras)
            total += float(reward.mean())
        ppo.compute_returns(seen)
    return total / horizon


def _settings(config: PpoConfig) -> dict[str, Any]:
    """The configuration as rsl_rl names it."""
    network = {'class_name': 'MLPModel', 'hidden_dims': list(config.hidden), 'activation': 'elu'}
    groups = {'actor': ['policy'], 'critic': ['policy']}
    return {
        'algorithm': {
            'class_name': 'PPO', 'num_learning_epochs': config.epochs,
            'num_mini_batches': config.minibatches, 'learning_rate': config.learning_rate,
            'schedule': 'adaptive', 'desired_kl': config.desired_kl, 'gamma': config.gamma,
            'lam': 0.95, 'entropy_coef': config.entropy, 'clip_param': 0.2,
            'use_clipped_value_loss': False, 'rnd_cfg': _novelty(config), 'symmetry_cfg': None,
        },
        'actor': {
            **network,
            'distribution_cfg': {'class_name': 'GaussianDistribution', 'init_std': config.std,
                                 'std_type': 'log', 'std_range': (0.05, 0.5)},
        },
        'critic': dict(network),
        'obs_groups': groups | ({'rnd_state': ['policy']} if config.rnd > 0.0 else {}),
        'num_steps_per_env': config.horizon, 'multi_gpu': None,
    }  # fmt: skip


def _novelty(config: PpoConfig) -> dict[str, Any] | None:
    if config.rnd <= 0.0:
        return None
    return {
        'weight': config.rnd, 'num_outputs': 16, 'predictor_hidden_dims': [64],
        'target_hidden_dims': [64], 'state_normalization': True, 'reward_normalization': True,
    }  # fmt: skip
