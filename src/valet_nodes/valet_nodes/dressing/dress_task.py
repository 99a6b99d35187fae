"""One dressing task as a state machine: what the policy node does at each tick, without ROS."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import PerceptionError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.policy.interface import ActionChunk, PolicySpec
from valet_core.policy.outcome import Outcome

__all__ = ['DressTask', 'DressingPolicyConfig', 'TaskPolicy', 'Tick']


class TaskPolicy(Protocol):
    """A policy that knows how far it has come."""

    spec: PolicySpec

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""

    @property
    def progress(self) -> float:
        """Share of the task that is done, 0 to 1."""

    @property
    def phase(self) -> str:
        """What it is at."""

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Start a new task."""

    def act(self, observation: DressingObservation) -> ActionChunk:
        """Choose the next actions."""

    def dressed_ratio(self, observation: DressingObservation) -> float:
        """Dressed share of the whole arm as perceived, 0 to 1."""


@dataclass(frozen=True)
class DressingPolicyConfig:
    """How the policy node runs a task."""

    rate: float = setting(30.0, 'commands sent to the gate', 'Hz', 5.0, 100.0)
    replan_every: int = setting(2, 'actions of a chunk that are taken before the next', '', 1, 32)
    input_timeout: float = setting(0.4, 'oldest input that counts as fresh', 's', 0.05, 5.0)
    stale_timeout: float = setting(1.0, 'longest time without fresh inputs', 's', 0.05, 60.0)
    arm_timeout: float = setting(3.0, 'longest time without a trusted arm pose', 's', 0.1, 60.0)
    stall_timeout: float = setting(8.0, 'longest time without progress', 's', 0.5, 120.0)
    hold_time: float = setting(0.5, 'rest at the end before the result', 's', 0.0, 10.0)
    success_ratio: float = setting(
        0.8, 'dressed share of the whole arm, as perceived, that counts as success', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Tick(NamedTuple):
    """What one tick of a task comes to."""

    twist: np.ndarray
    """Command for the tool. Shape (6,)."""
    phase: str
    """Phase of the task."""
    dressed_ratio: float
    """Of the whole arm, as perceived."""
    chunk: ActionChunk | None
    """The chunk, where the policy was asked in this tick."""
    outcome: Outcome | None
    """Set once the task has ended."""
    message: str
    """Why it ended."""


class DressTask:
    """Runs a policy until the arm is dressed or something stands against it."""

    def __init__(self, policy: TaskPolicy, config: DressingPolicyConfig, now: float) -> None:
        """Start the task.

        Args:
            policy: reset here.
            config: rates and patience.
            now: the present time [s].
        """
        self._policy, self._config = policy, config
        policy.reset(DressingGoal(), 0)
        self._chunk = np.zeros((0, 6))
        self._chosen = -np.inf
        self._arm_seen = self._moved = now
        self._progress = -1.0
        self._done_since: float | None = None
        self._ratio = 0.0

    def tick(self, now: float, observation: DressingObservation) -> Tick:
        """The next command.

        Args:
            now: the present time [s].
            observation: the newest; its arm is None while no arm is perceived.
        """
        chunk = None
        try:
            if self._action(now) >= min(self._config.replan_every, len(self._chunk)):
                chunk = self._policy.act(observation)
                self._chunk, self._chosen = chunk.actions, now
            self._arm_seen = now
            self._ratio = self._policy.dressed_ratio(observation)
        except PerceptionError as error:
            # Without a trusted arm the tool waits where it is.
            self._chunk = np.zeros((0, 6))
            if now - self._arm_seen > self._config.arm_timeout:
                return self._end(Outcome.PERCEPTION_FAILED, str(error))
            return self._go_on(np.zeros(6), None)
        if self._policy.done:
            return self._finish(now, chunk)
        if self._policy.progress > self._progress + 1e-3:
            self._progress, self._moved = self._policy.progress, now
        elif now - self._moved > self._config.stall_timeout:
            return self._end(
                Outcome.MOTION_FAILED,
                f'no progress for {self._config.stall_timeout} s in phase {self._policy.phase!r}',
            )
        return self._go_on(self._chunk[self._action(now)], chunk)

    def _action(self, now: float) -> int:
        """Index of the action whose turn it is; beyond the chunk before the first."""
        if not len(self._chunk):
            return 0
        # A little early counts as in time: ticks and periods need not be multiples.
        return int((now - self._chosen) / self._policy.spec.period + 0.1)

    def _finish(self, now: float, chunk: ActionChunk | None) -> Tick:
        if self._done_since is None:
            self._done_since = now
        if now - self._done_since < self._config.hold_time:
            return self._go_on(np.zeros(6), chunk)
        wanted = self._config.success_ratio
        if self._ratio >= wanted:
            return self._end(Outcome.SUCCEEDED, f'the arm is dressed to {self._ratio:.0%}')
        return self._end(
            Outcome.MOTION_FAILED,
            f'at the end of the path the arm is dressed to {self._ratio:.0%}, below {wanted:.0%}',
        )

    def _go_on(self, twist: np.ndarray, chunk: ActionChunk | None) -> Tick:
        return Tick(twist, self._policy.phase, self._ratio, chunk, None, '')

    def _end(self, outcome: Outcome, message: str) -> Tick:
        return Tick(np.zeros(6), self._policy.phase, self._ratio, None, outcome, message)
