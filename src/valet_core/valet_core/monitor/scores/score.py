"""What a score is: one number a step, the same by itself and over a whole episode."""

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes, needs_role
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['PairScore', 'RowScore', 'Score', 'embedding_rows']


class Score(abc.ABC):
    """A fitted score. `reset` at each episode's start, then `step` once a step.

    Attributes:
        name: by which it is chosen and shown.
        needs_samples: whether it looks at the other chunks that the policy drew.
    """

    name: ClassVar[str]
    needs_samples: ClassVar[bool] = False

    @classmethod
    @abc.abstractmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Learn what is usual.

        Args:
            episodes: successes that neither make the band nor the threshold.
            settings: of all scores.
            seed: of anything random in it.
        """

    @abc.abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Numbers and lists for config.json, which `restore` takes."""

    @abc.abstractmethod
    def tensors(self) -> dict[str, np.ndarray]:
        """Arrays for the weights, which `restore` takes."""

    @classmethod
    @abc.abstractmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `parameters` and `tensors`."""

    @abc.abstractmethod
    def reset(self) -> None:
        """Forget the last episode."""

    @abc.abstractmethod
    def step(self, step: TraceStep) -> float:
        """The score of the next step."""

    @abc.abstractmethod
    def offline(self, episode: EpisodeTrace) -> np.ndarray:
        """The scores of all steps of an episode, bit by bit those of `step`. Shape (T,)."""


def embedding_rows(episodes: ScorerEpisodes[EpisodeTrace]) -> np.ndarray:
    """The embeddings of all steps that a score is fitted on. Shape (N, D).

    Raises:
        InvalidInputError: for episodes of another part.
    """
    needs_role(episodes, ScorerEpisodes)
    return np.concatenate([e.embedding for e in episodes])


class RowScore(Score):
    """A score of a step by itself.

    Both forms take one row at a time: a product of a matrix with many rows rounds otherwise.
    """

    @abc.abstractmethod
    def value(self, step: TraceStep) -> float:
        """The score."""

    def parameters(self) -> dict[str, Any]:
        """None, unless a score has some."""
        return {}

    def reset(self) -> None:
        """There is nothing to forget."""

    def step(self, step: TraceStep) -> float:
        """The score of the next step."""
        return self.value(step)

    def offline(self, episode: EpisodeTrace) -> np.ndarray:
        """The scores of all steps. Shape (T,)."""
        return np.array([self.value(step) for step in episode])


class PairScore(Score):
    """A score of a step and the one before it.

    Zero at the first step. Where two chunks do not overlap in time, the last score stays.
    """

    def __init__(self, period: float) -> None:
        """Start an episode.

        Args:
            period: time between two actions of a chunk [s].
        """
        self.period = period
        self.reset()

    def reset(self) -> None:
        """Forget the last step."""
        self._before: TraceStep | None = None
        self._score = 0.0

    @abc.abstractmethod
    def value(self, before: TraceStep, step: TraceStep, shift: int) -> float:
        """The score of two steps; `shift` actions of the first chunk lie before the second."""

    def step(self, step: TraceStep) -> float:
        """The score of the next step."""
        before, self._before = self._before, step
        if before is not None:
            shift = self._shift(before.stamp, step.stamp)
            if shift < len(step.actions):
                self._score = self.value(before, step, shift)
        return self._score

    def offline(self, episode: EpisodeTrace) -> np.ndarray:
        """The scores of all steps. Shape (T,)."""
        stamps, horizon = episode.stamps, episode.actions.shape[1]
        scores: np.ndarray = np.zeros(len(episode))
        for t in range(1, len(episode)):
            shift = self._shift(float(stamps[t - 1]), float(stamps[t]))
            overlap = shift < horizon
            scores[t] = self.value(episode[t - 1], episode[t], shift) if overlap else scores[t - 1]
        return scores

    def _shift(self, before: float, now: float) -> int:
        return max(1, round((now - before) / self.period))
