"""One episode of dressing: a policy in the simulated task, chunk by chunk."""

from typing import Any

import numpy as np

from valet_core.common.errors import PerceptionError
from valet_core.dressing.control.observation import DressingGoal, as_observation
from valet_core.dressing.sim.dressing_env import DressingEnv, EpisodeMetrics
from valet_core.policy.interface import Policy

__all__ = ['run_episode']

EXECUTED = 2  # actions taken of each chunk before the policy looks again
HOLD = 10  # actions of rest after a policy is done


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
    policy.reset(DressingGoal(cell.garment.kind, cell.person.side), cell.seed)
    rest = 0
    while rest < HOLD:
        try:
            chunk = policy.act(as_observation(raw))
            actions, wants_stop = chunk.actions[:executed], chunk.wants_stop
        except PerceptionError:
            actions, wants_stop = np.zeros((executed, 6)), False
        if wants_stop:
            actions, rest = np.zeros((1, 6)), rest + 1
        for action in actions:
            raw, _, terminated, truncated, info = env.step(action)
            if terminated or truncated:
                return info['episode']
    return env.metrics()
