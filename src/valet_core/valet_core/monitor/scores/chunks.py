"""How consecutive chunks fit each other: STAC, overlap error, magnitude."""

import functools
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes, needs_role
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.scores.score import PairScore, RowScore
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['ChunkMagnitude', 'OverlapError', 'Stac']


def scale_of_actions(episodes: ScorerEpisodes[EpisodeTrace]) -> Standard:
    """Mean and deviation of each number of an action, over the chunks of episodes."""
    needs_role(episodes, ScorerEpisodes)
    size = episodes.episodes[0].actions.shape[2]
    return Standard.of(np.concatenate([e.actions.reshape(-1, size) for e in episodes]))


class _Pair(PairScore):
    """What both scores of pairs keep: the scale of actions and the period of a chunk."""

    def __init__(self, standard: Standard, period: float) -> None:
        """Take the fitted parts."""
        super().__init__(period)
        self._standard = standard

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Take the scale of the actions."""
        return cls(scale_of_actions(episodes), episodes.episodes[0].period)

    def parameters(self) -> dict[str, Any]:
        """The period."""
        return {'period': self.period}

    def tensors(self) -> dict[str, np.ndarray]:
        """The scale of actions."""
        return self._standard.tensors()

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of both."""
        return cls(Standard.restore(tensors), parameters['period'])


class Stac(_Pair):
    """STAC: MMD of the parts of two batches of chunks that are about the same time.

    With an RBF kernel whose gamma is 1 / (2 median d^2), d between all chunks of both.
    """

    name = 'stac'
    needs_samples: ClassVar[bool] = True

    def value(self, before: TraceStep, step: TraceStep, shift: int) -> float:
        """The root of the (biased) squared MMD."""
        assert before.samples is not None and step.samples is not None
        n, overlap = len(before.samples), step.samples.shape[1] - shift
        old = before.samples[:, shift:].reshape(n, -1)
        new = step.samples[:, :overlap].reshape(len(step.samples), -1)
        both = np.concatenate([old, new]) / np.tile(self._standard.scale, overlap)
        squares = np.einsum('ij,ij->i', both, both)
        if not np.isfinite(squares).all():
            return float('nan')
        apart = both @ both.T
        apart *= -2.0
        apart += squares[:, None]
        apart += squares
        np.maximum(apart, 0.0, out=apart)
        between = apart.reshape(-1)[_pairs(len(both))]
        half = (len(between) - 1) // 2  # the lower of two in the middle
        middle = float(np.partition(between, half)[half])
        kernel = np.exp(np.multiply(apart, -0.5 / max(middle, 1e-12), out=apart), out=apart)
        weights = np.repeat(np.array([1.0 / n, -1.0 / len(new)], np.float32), [n, len(new)])
        squared = weights @ (kernel @ weights)
        return math.sqrt(max(float(squared), 0.0))


@functools.cache
def _pairs(count: int) -> np.ndarray:
    """Places above the diagonal of a square matrix, in its row-major order."""
    rows, columns = np.triu_indices(count, 1)
    return rows * count + columns


class OverlapError(_Pair):
    """Root mean square difference of two executed chunks where they are about the same time."""

    name = 'overlap'

    def value(self, before: TraceStep, step: TraceStep, shift: int) -> float:
        """The difference, in deviations of the actions."""
        old = before.actions[shift:]
        new = step.actions[: len(step.actions) - shift]
        error = (new - old) / self._standard.scale
        return math.sqrt(float(np.mean(error * error)))


class ChunkMagnitude(RowScore):
    """Root mean square of the executed chunk, each number in its deviations."""

    name = 'magnitude'

    def __init__(self, standard: Standard) -> None:
        """Take the scale of actions."""
        self._standard = standard

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Take the scale of the actions."""
        return cls(scale_of_actions(episodes))

    def value(self, step: TraceStep) -> float:
        """The magnitude."""
        scaled = step.actions / self._standard.scale
        return math.sqrt(float(np.mean(scaled * scaled)))

    def tensors(self) -> dict[str, np.ndarray]:
        """The scale of actions."""
        return self._standard.tensors()

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `tensors`."""
        return cls(Standard.restore(tensors))
