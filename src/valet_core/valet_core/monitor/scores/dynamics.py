"""How an embedding changes: other than it should after such actions, or not at all.

Candidates of our own. A failure often shows in what follows from an action before it shows in
what is seen: wheels slip, cloth does not come along, the same place comes again.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes
from valet_core.monitor.scores.embedding import shrunk_covariance
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.scores.score import Score, embedding_rows
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['Dwell', 'Surprise']

RIDGE = 1e-3  # share of the rows' number that is added to the normal equations


class _Lagged(Score):
    """A score of a step and the one some steps before it; zero as long as there is none."""

    def __init__(self, lag: int) -> None:
        """Start an episode.

        Args:
            lag: steps between the two.
        """
        self.lag = lag
        self._past: deque[TraceStep] = deque(maxlen=lag)

    def value(self, before: Sequence[TraceStep], step: TraceStep) -> float:
        """The score of a step, and all steps from `lag` before it on."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget the last steps."""
        self._past.clear()

    def step(self, step: TraceStep) -> float:
        """The score of the next step."""
        full = len(self._past) == self.lag
        score = self.value(self._past, step) if full else 0.0
        self._past.append(step)
        return score

    def offline(self, episode: EpisodeTrace) -> np.ndarray:
        """The scores of all steps. Shape (T,)."""
        steps = list(episode)
        return np.array([
            self.value(steps[t - self.lag : t], step) if t >= self.lag else 0.0
            for t, step in enumerate(steps)
        ])  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """The lag."""
        return {'lag': self.lag}


class Surprise(_Lagged):
    """Distance, in deviations, of an embedding from what a linear model expected some steps ago.

    The model takes the embedding then and the first action of each step since.
    """

    name = 'surprise'

    def __init__(
        self, standard: Standard, actions: Standard, model: np.ndarray, whiten: np.ndarray,
        lag: int,
    ) -> None:  # fmt: skip
        """Take the fitted parts.

        Args:
            standard: of the embedding.
            actions: of an action.
            model: change of the embedding, by embedding, mean action and one. (D, D + A + 1).
            whiten: by which a residual has unit covariance. Shape (D, D).
            lag: steps that are foreseen.
        """
        super().__init__(lag)
        self._standard, self._actions = standard, actions
        self._model = np.ascontiguousarray(model, np.float32)
        self._whiten = np.ascontiguousarray(whiten, np.float32)

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Fit the model by ridge regression, and the covariance of what it leaves."""
        lag, size = settings.lag, episodes.episodes[0].embedding.shape[1]
        standard = Standard.of(embedding_rows(episodes))
        actions = Standard.of(np.concatenate([e.actions[:, 0] for e in episodes]))
        empty = np.zeros((size, size + actions.mean.size + 1))
        made = cls(standard, actions, empty, np.eye(size), lag)
        every = [list(e) for e in episodes]
        pairs = [made._rows(steps[t - lag : t], steps[t])
                 for steps in every for t in range(lag, len(steps))]  # fmt: skip
        if not pairs:
            return made
        inputs = np.stack([p[0] for p in pairs]).astype(float)
        changes = np.stack([p[1] for p in pairs]).astype(float)
        normal = inputs.T @ inputs + RIDGE * len(inputs) * np.eye(inputs.shape[1])
        model = np.linalg.solve(normal, inputs.T @ changes).T
        residuals = changes - inputs @ model.T
        values, vectors = np.linalg.eigh(shrunk_covariance(residuals))
        whiten = vectors.T / np.sqrt(np.maximum(values, 1e-9))[:, None]
        return cls(standard, actions, model, whiten, lag)

    def value(self, before: Sequence[TraceStep], step: TraceStep) -> float:
        """The distance."""
        row, change = self._rows(before, step)
        white = self._whiten @ (change - self._model @ row)
        return math.sqrt(float(white @ white))

    def _rows(
        self, before: Sequence[TraceStep], step: TraceStep
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the model takes, and the change that it should give."""
        start = self._standard(before[0].embedding)
        mean = np.mean([self._actions(s.actions[0]) for s in before], axis=0)
        row = np.concatenate([start, mean, np.ones(1, np.float32)]).astype(np.float32)
        return row, self._standard(step.embedding) - start

    def tensors(self) -> dict[str, np.ndarray]:
        """Scales, model and whitening."""
        moved = {f'actions_{k}': v for k, v in self._actions.tensors().items()}
        return {**self._standard.tensors(), **moved, 'model': self._model, 'whiten': self._whiten}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of both."""
        actions = Standard(tensors['actions_mean'], tensors['actions_scale'])
        return cls(
            Standard.restore(tensors), actions, tensors['model'], tensors['whiten'],
            parameters['lag'],
        )  # fmt: skip


class Dwell(_Lagged):
    """How near an embedding is to that of some steps ago: what gets nowhere comes to the same.

    exp(-d^2), with d the distance in units of the mean one of successes: 1 where nothing changes.
    """

    name = 'dwell'

    def __init__(self, standard: Standard, usual: float, lag: int) -> None:
        """Take the fitted parts.

        Args:
            standard: of the embedding.
            usual: mean distance over the lag, in successes.
            lag: steps between the two.
        """
        super().__init__(lag)
        self._standard, self._usual = standard, usual

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Take the scale of embeddings, and how far they get in successes."""
        lag = settings.dwell_lag
        standard = Standard.of(embedding_rows(episodes))
        moved = [standard(e.embedding[lag:]) - standard(e.embedding[:-lag])
                 for e in episodes if len(e) > lag]  # fmt: skip
        apart = np.linalg.norm(np.concatenate(moved), axis=1) if moved else np.ones(1)
        return cls(standard, max(float(apart.mean()), 1e-9), lag)

    def value(self, before: Sequence[TraceStep], step: TraceStep) -> float:
        """The nearness."""
        moved = self._standard(step.embedding) - self._standard(before[0].embedding)
        return math.exp(-float(moved @ moved) / self._usual**2)

    def parameters(self) -> dict[str, Any]:
        """Lag and usual distance."""
        return {**super().parameters(), 'usual': self._usual}

    def tensors(self) -> dict[str, np.ndarray]:
        """The scale of the embedding."""
        return self._standard.tensors()

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of both."""
        return cls(Standard.restore(tensors), parameters['usual'], parameters['lag'])
