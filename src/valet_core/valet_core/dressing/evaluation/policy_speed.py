"""Time that a policy takes for a chunk while it dresses."""

import time
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.dressing.control.registry import DressingPolicyType
from valet_core.dressing.evaluation.cell_runs import evaluate_cell
from valet_core.dressing.evaluation.episode import evaluation_task
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.dressing.sim.regions import draw_cells
from valet_core.policy.interface import ActionChunk, Policy

__all__ = ['PolicySpeed', 'TimedPolicy', 'policy_speed']


class TimedPolicy(Policy[DressingObservation, DressingGoal]):
    """Another policy, and the times of its calls.

    Attributes:
        wall: of each call [ms].
        cpu: of the processor, of each call [ms].
    """

    def __init__(self, policy: DressingPolicyType) -> None:
        """Take the policy."""
        self._policy, self.spec = policy, policy.spec
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Begin an episode; the times stay."""
        self._policy.reset(goal, seed)

    def act(self, observation: DressingObservation) -> ActionChunk:
        """Its chunk."""
        wall, cpu = time.perf_counter(), time.thread_time()
        chunk = self._policy.act(observation)
        self.wall.append(1e3 * (time.perf_counter() - wall))
        self.cpu.append(1e3 * (time.thread_time() - cpu))
        return chunk


class PolicySpeed(NamedTuple):
    """Times of many calls."""

    calls: int
    """How many."""
    wall_ms: tuple[float, float]
    """Median and 99th percentile [ms]."""
    cpu_ms: tuple[float, float]
    """Of the processor: the same [ms]."""


def policy_speed(policy: DressingPolicyType, cells: int, seed: int) -> PolicySpeed:
    """Dress held-out cells from the true state, and time every call but the first.

    Raises:
        InvalidInputError: if the policy was not asked twice.
    """
    timed = TimedPolicy(policy)
    env = DressingEnv(task=evaluation_task())
    for cell in draw_cells(cells, seed, 'held_out'):
        evaluate_cell(env, timed, cell)
    if len(timed.wall) < 2:
        raise InvalidInputError('the policy was asked less than twice; allowed: cells that run')
    wall, cpu = (np.percentile(v[1:], [50, 99]).tolist() for v in (timed.wall, timed.cpu))
    return PolicySpeed(len(timed.wall) - 1, tuple(wall), tuple(cpu))
