"""Stage 2: a residual on the frozen base, trained by PPO for one body.

The action is base(features) + residual(features). The residual's last layer starts at zero, so
that before the first update the policy is the base exactly. Without a base this is reinforcement
learning from scratch, the baseline.
"""

import contextlib
import dataclasses
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from rsl_rl.algorithms import PPO
from rsl_rl.env import VecEnv
from tensordict import TensorDict
from torch import nn

from valet_core.common.config import check, setting
from valet_core.learning.mlp import to_mlp
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.networks import ACTIONS, PolicyNetwork
from valet_core.mobility.training.training_drives import (
    MobilityTask,
    RewardConfig,
    training_worlds,
)
from valet_core.policy.mlp import Mlp

__all__ = ['ResidualConfig', 'ResidualEnv', 'make_ppo', 'train_residual']


@dataclasses.dataclass(frozen=True)
class ResidualConfig:
    """Amounts and the settings of PPO."""

    robots: int = setting(128, 'robots at once', '', 1, 100000)
    worlds: int = setting(40, 'worlds of each scene', '', 1, 10000)
    steps: int = setting(400_000, 'environment steps', '', 1, None)
    horizon: int = setting(32, 'steps of each robot between updates', '', 1, 10000)
    hidden: tuple[int, ...] = setting((128, 128), 'hidden layers', '', 4, 4096)
    epochs: int = setting(4, 'passes of an update', '', 1, 100)
    minibatches: int = setting(4, 'of each pass', '', 1, 1000)
    learning_rate: float = setting(3e-4, 'at the start; it adapts to the KL', '', 1e-6, 1.0)
    desired_kl: float = setting(0.01, 'change of the policy by an update', '', 1e-5, 1.0)
    gamma: float = setting(0.99, 'discount', '', 0.0, 1.0)
    entropy: float = setting(0.0005, 'weight of the entropy', '', 0.0, 1.0)
    std: float = setting(0.2, 'spread of the actions at the start', '', 1e-3, 2.0)
    rnd: float = setting(0.0, 'weight of the bonus for novelty (RND); 0 is off', '', 0.0, 100.0)
    seed: int = setting(0, 'of everything', '', 0, None)

    def __post_init__(self) -> None:
        check(self)


class ResidualEnv(VecEnv):
    """The drives as rsl_rl wants them; the frozen base acts inside."""

    def __init__(self, task: MobilityTask, base: Mlp | None) -> None:
        """Begin the drives.

        Args:
            task: the drives.
            base: frozen base policy, or None to learn from scratch.
        """
        self.task, self.base = task, base
        self.num_envs, self.num_actions, self.device = task.count, ACTIONS, 'cpu'
        self.max_episode_length = round(task.sim.config.timeout / task.period)
        self.episode_length_buf = torch.zeros(task.count, dtype=torch.long)
        self.cfg: dict[str, Any] = {}
        self.step_dt, self.unwrapped = task.period, self  # RND scales its weight by the period
        self._seen = task.reset()

    def get_observations(self) -> TensorDict:
        """Features under `policy`."""
        return TensorDict({'policy': torch.from_numpy(self._seen.copy())},
                          batch_size=[self.num_envs])  # fmt: skip

    def actions(self, residual: np.ndarray) -> np.ndarray:
        """Actions for the present features: base plus residual, (N, 3)."""
        if self.base is None:
            return residual
        return self.base(self._seen) + residual

    def step(
        self, actions: torch.Tensor
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Add residual actions (N, 3) to those of the base and drive for a period."""
        result = self.task.step(self.actions(actions.numpy()))
        self._seen = result.features
        return (
            self.get_observations(), torch.from_numpy(result.reward.astype(np.float32)),
            torch.from_numpy(result.done),
            {'time_outs': torch.from_numpy(result.timed_out).float()},
        )  # fmt: skip


def make_ppo(env: ResidualEnv, config: ResidualConfig) -> PPO:
    """PPO whose actor's last layer is zero: step 0 is the base."""
    algorithm: dict[str, Any] = {
        'class_name': 'PPO', 'num_learning_epochs': config.epochs,
        'num_mini_batches': config.minibatches, 'learning_rate': config.learning_rate,
        'schedule': 'adaptive', 'desired_kl': config.desired_kl, 'gamma': config.gamma,
        'lam': 0.95, 'entropy_coef': config.entropy, 'clip_param': 0.2,
        'use_clipped_value_loss': False, 'rnd_cfg': None, 'symmetry_cfg': None,
    }  # fmt: skip
    if config.rnd > 0.0:
        algorithm['rnd_cfg'] = {
            'weight': config.rnd, 'num_outputs': 16, 'predictor_hidden_dims': [64],
            'target_hidden_dims': [64], 'state_normalization': True, 'reward_normalization': True,
        }  # fmt: skip
    settings: dict[str, Any] = {
        'algorithm': algorithm,
        'actor': {
            'class_name': 'MLPModel', 'hidden_dims': list(config.hidden), 'activation': 'elu',
            'distribution_cfg': {'class_name': 'GaussianDistribution', 'init_std': config.std,
                                 'std_type': 'log', 'std_range': (0.05, 0.5)},
        },
        'critic': {
            'class_name': 'MLPModel', 'hidden_dims': list(config.hidden), 'activation': 'elu',
        },
        'obs_groups': {'actor': ['policy'], 'critic': ['policy'], 'rnd_state': ['policy']},
        'num_steps_per_env': config.horizon, 'multi_gpu': None,
    }  # fmt: skip
    if config.rnd <= 0.0:
        del settings['obs_groups']['rnd_state']
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its networks
        ppo = PPO.construct_algorithm(env.get_observations(), env, settings, 'cpu')
    last = [m for m in ppo.actor.modules() if isinstance(m, nn.Linear)][-1]
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return ppo


def train_residual(
    embodiment: Embodiment, base: PolicyNetwork | None, config: ResidualConfig,
    report: Callable[[dict[str, Any]], None] = print, reward: RewardConfig | None = None,
    keep: Callable[[PolicyNetwork], None] | None = None, seconds: float = np.inf,
    task: MobilityTask | None = None,
) -> PolicyNetwork:
    """Train a specialist.

    Args:
        embodiment: its body, not a held-out one.
        base: frozen base policy, or None for learning from scratch.
        config: amounts and settings.
        report: is given a record now and then.
        reward: what a drive is worth.
        keep: is given the policy so far now and then.
        seconds: stop after this time.
        task: drives to use instead of new ones, to share the worlds among runs.

    Returns:
        Base and residual, or the network alone where there is no base.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(1)
    if task is None:
        bank = training_worlds(embodiment, config.worlds)
        features = base.features if base is not None else None
        task = MobilityTask(embodiment, bank, config.robots, config.seed, reward, features)
    env = ResidualEnv(task, base.base if base is not None else None)
    ppo = make_ppo(env, config)
    ppo.train_mode()
    began, rounds = time.monotonic(), max(config.steps // (config.robots * config.horizon), 1)
    seen = env.get_observations()
    for turn in range(rounds):
        seen, mean_reward = _rollout(env, ppo, seen, config.horizon)
        losses = ppo.update()
        if turn % 10 == 9 or turn == rounds - 1:
            report(_record(task, turn + 1, config, mean_reward, losses, ppo, began))
            if keep is not None:
                keep(_policy(task, base, ppo))
            task.drives = task.arrivals = task.collisions = 0
        if time.monotonic() - began > seconds:
            break
    return _policy(task, base, ppo)


def _rollout(
    env: ResidualEnv, ppo: PPO, seen: TensorDict, horizon: int
) -> tuple[TensorDict, float]:
    total = 0.0
    with torch.inference_mode():
        for _ in range(horizon):
            actions = ppo.act(seen)
            seen, reward, done, extras = env.step(actions)
            ppo.process_env_step(seen, reward, done, extras)
            total += float(reward.mean())
        ppo.compute_returns(seen)
    return seen, total / horizon


def _policy(task: MobilityTask, base: PolicyNetwork | None, ppo: PPO) -> PolicyNetwork:
    network = to_mlp(ppo.actor)
    if base is None:
        return PolicyNetwork(network, task.features.config)
    return PolicyNetwork(base.base, base.features, network)


def _record(
    task: MobilityTask, turn: int, config: ResidualConfig, reward: float,
    losses: dict[str, float], ppo: PPO, began: float,
) -> dict[str, Any]:
    drives = max(task.drives, 1)
    return {
        'embodiment': task.embodiment.name,
        'steps': turn * config.robots * config.horizon,
        'drives': task.drives,
        'success': round(task.arrivals / drives, 4),
        'collision': round(task.collisions / drives, 4),
        'reward': round(reward, 4),
        'value_loss': round(losses['value'], 4),
        'std': [round(float(s), 3) for s in ppo.get_policy().output_std.mean(dim=0)],
        'learning_rate': ppo.learning_rate,
        'seconds': round(time.monotonic() - began, 1),
    }
