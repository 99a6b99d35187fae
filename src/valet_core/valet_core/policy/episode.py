"""One goal from its start to its end: what the nodes and the evaluations run alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import PerceptionError
from valet_core.policy.interface import ActionChunk, Goal, Obs
from valet_core.policy.outcome import Outcome
from valet_core.policy.runner import ChunkRunner
from valet_core.policy.task import Task, TaskStatus

__all__ = ['Episode', 'EpisodeConfig', 'EpisodeStep']


@dataclass(frozen=True)
class EpisodeConfig:
    """How an episode is run, whatever its policy and its task."""

    replan_every: int = setting(2, 'actions of a chunk that are taken before the next', '', 1, 32)
    perception_timeout: float = setting(
        3.0, 'longest time in which nothing can be made of the observations', 's', 0.1, 60.0
    )
    hold_time: float = setting(0.5, 'rest at the end before the verdict', 's', 0.0, 10.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class EpisodeStep(NamedTuple):
    """What one tick of an episode comes to."""

    action: np.ndarray
    """For the gate; zero where the policy rests. Shape (A,)."""
    status: TaskStatus
    """Where the task stands; the episode is over once its outcome is set."""
    chunk: ActionChunk | None
    """The chunk that this tick took up, for the trace."""
    seen: Any = None
    """The observation that `chunk` was chosen for."""


class Episode(Generic[Obs, Goal]):
    """Lets a policy act and a task judge until the task has an outcome."""

    def __init__(
        self,
        runner: ChunkRunner[Obs, Goal],
        task: Task[Obs],
        prepare: Callable[[Obs], Obs],
        config: EpisodeConfig,
        goal: Goal,
        now: float,
        seed: int = 0,
    ) -> None:
        """Begin.

        Args:
            runner: of the policy; reset here.
            task: made for this episode.
            prepare: what is done to an observation before policy and task see it.
            config: patience.
            goal: for the policy.
            now: the present time [s].
            seed: for the policy.
        """
        self._runner, self._task, self._prepare = runner, task, prepare
        self._config = config
        self._rest: np.ndarray = np.zeros(len(runner.policy.spec.actions))
        self._understood = now
        self._rests_since: float | None = None
        self._status = TaskStatus('', 0.0)
        runner.reset(goal, seed)

    def tick(self, now: float, observation: Obs, fresh: bool | None = None) -> EpisodeStep:
        """The next action.

        Args:
            now: the present time [s].
            observation: the newest.
            fresh: whether it shows something new; see `ChunkRunner.tick`.
        """
        try:
            seen = self._prepare(observation)
            step = self._runner.tick(now, seen, fresh)
            self._status = self._task.status(seen)
        except PerceptionError as error:
            return self._blind(now, str(error))
        self._understood = now
        if step.wants_stop and self._status.outcome is None:
            if self._rests_since is None:
                self._rests_since = now
            if now - self._rests_since >= self._config.hold_time:
                self._status = self._task.verdict(seen)
        else:
            self._rests_since = None
        if step.action is None or self._status.outcome is not None:
            return EpisodeStep(self._rest, self._status, step.chunk, step.seen)
        return EpisodeStep(step.action, self._status, step.chunk, step.seen)

    def _blind(self, now: float, why: str) -> EpisodeStep:
        """Without something to act on the robot waits where it is."""
        self._runner.rest()
        if now - self._understood > self._config.perception_timeout:
            self._status = self._status._replace(
                outcome=Outcome.PERCEPTION_FAILED, message=why
            )
        return EpisodeStep(self._rest, self._status, None)
