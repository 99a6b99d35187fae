"""An environment as rsl_rl's PPO wants it, in which actions are added to those of a base."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict

from valet_core.learning.environment import VectorEnv

__all__ = ['ResidualEnv']


class ResidualEnv(VecEnv):
    """What PPO asks of rsl_rl's contract; the frozen base acts inside."""

    def __init__(
        self, environment: VectorEnv, base: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> None:
        """Begin the environment.

        Args:
            environment: that is acted in.
            base: frozen policy, from observations (N, F) to actions (N, A), or None for none.
        """
        self.environment, self.base = environment, base
        self.num_envs, self.num_actions = environment.count, environment.action_size
        self.device = 'cpu'
        # RND multiplies its weight by the period of the unwrapped environment.
        self.step_dt, self.unwrapped = environment.period, self
        self._seen = environment.reset()

    def get_observations(self) -> TensorDict:
        """What is seen now under `policy`, (N, F)."""
        return TensorDict({'policy': torch.from_numpy(self._seen.copy())},
                          batch_size=[self.num_envs])  # fmt: skip

    def actions(self, residual: np.ndarray) -> np.ndarray:
        """Base plus residual (N, A) for what is seen now, (N, A)."""
        if self.base is None:
            return residual
        return self.base(self._seen) + residual

    def step(
        self, actions: torch.Tensor
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Add residual actions (N, A) to those of the base and go on for a period.

        Returns:
            Observations, rewards (N,), whether each is done (N,), and under `time_outs` whether
            time alone ended it (N,).
        """
        result = self.environment.step(self.actions(actions.numpy()))
        self._seen = result.observation
        return (
            self.get_observations(), torch.from_numpy(result.reward.astype(np.float32)),
            torch.from_numpy(result.done),
            {'time_outs': torch.from_numpy(result.timed_out).float()},
        )  # fmt: skip
