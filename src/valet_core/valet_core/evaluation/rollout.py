"""One episode of dressing: a policy in the simulated task, chunk by chunk."""

from typing import Any

import numpy as np

from valet_core.errors import PerceptionError
from valet_core.policies.interface import ArmEstimate, Observation, Policy
from valet_core.sim.dressing_env import DressingEnv, EpisodeMetrics

__all__ = ['as_observation', 'run_episode']

EXECUTED = 2  # actions taken of each chunk before the policy looks again
HOLD = 10  # actions of rest after a policy is done


def as_observation(raw: dict[str, Any]) -> Observation:
    """The environment's observation as a policy takes it; joints of NaN mean no arm."""
    arm = None
    if np.isfinite(raw['joints']).all():
        arm = ArmEstimate(raw['joints'], raw['confidence'])
    return Observation(
        time=float(raw['time']),
        arm=arm,
        cloud=raw['cloud'],
        labels=raw['labels'],
        T_base_tool=raw['T_base_tool'],
        wrench=raw['wrench'],
    )


def run_episode(
    env: DressingEnv, policy: Policy, cell: Any, executed: int = EXECUTED
) -> EpisodeMetrics:
    """Dress one cell.

    Args:
        env: the task; its observer decides what the policy sees.
        policy: reset here.
        cell: the `DressingCell`.
        executed: actions taken of each chunk.

    Returns:
        What the episode came to. A policy that cannot perceive the arm holds still.
    """
    raw, _ = env.reset(options={'cell': cell})
    policy.reset()
    rest = 0
    while rest < HOLD:
        try:
            actions = policy.act(as_observation(raw)).actions[:executed]
        except PerceptionError:
            actions = np.zeros((executed, 6))
        if getattr(policy, 'done', False):
            actions, rest = np.zeros((1, 6)), rest + 1
        for action in actions:
            raw, _, terminated, truncated, info = env.step(action)
            if terminated or truncated:
                return info['episode']
    return env.metrics()
