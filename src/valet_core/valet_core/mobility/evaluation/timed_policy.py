"""How long a policy takes for its chunks."""

import time
from typing import Generic

from valet_core.policy.interface import ActionChunk, Goal, Obs, Policy

__all__ = ['TimedPolicy']


class TimedPolicy(Policy[Obs, Goal], Generic[Obs, Goal]):
    """Passes everything on.

    Attributes:
        times: processor time of each chunk [s].
    """

    def __init__(self, policy: Policy[Obs, Goal]) -> None:
        """Take the policy."""
        self._policy, self.spec = policy, policy.spec
        self.times: list[float] = []

    def reset(self, goal: Goal, seed: int) -> None:
        """See Policy."""
        self._policy.reset(goal, seed)

    def act(self, observation: Obs) -> ActionChunk:
        """See Policy."""
        # Processor time: what else runs on the machine is not the policy's.
        began = time.thread_time()
        chunk = self._policy.act(observation)
        self.times.append(time.thread_time() - began)
        return chunk
