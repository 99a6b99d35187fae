"""Random network distillation: how badly a network predicts another that is fixed and random.

After FIPER (NeurIPS 2025), with smaller networks: on the embedding (RND-OE) and, as a baseline, on
the executed chunk (RND-A).
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes, needs_role
from valet_core.monitor.scores.network import Network, Standard, tensors_of
from valet_core.monitor.scores.score import RowScore
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['RndAction', 'RndObservation']


class _Rnd(RowScore):
    """The distance of predictor and target, || predictor - target ||_2."""

    def __init__(self, standard: Standard, target: Network, predictor: Network) -> None:
        """Take the fitted parts."""
        self._standard, self._target, self._predictor = standard, target, predictor

    @staticmethod
    @abstractmethod
    def row(step: TraceStep) -> np.ndarray:
        """What of a step is looked at. Shape (D,)."""

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Train the predictor on successes."""
        import torch

        from valet_core.monitor.scores.training import as_network, make_layers, train

        needs_role(episodes, ScorerEpisodes)
        rows = np.stack([cls.row(step) for e in episodes for step in e])
        standard = Standard.of(rows)
        generator = torch.Generator().manual_seed(seed)
        size = rows.shape[1]
        target = make_layers((size, *settings.target, settings.outputs), generator)
        target.requires_grad_(False)
        predictor = make_layers((size, *settings.predictor, settings.outputs), generator)

        def loss(batch: Any, _: Any) -> Any:
            error = predictor(batch) - target(batch)
            # The root has no gradient at zero; a predictor is never so good, but may start so.
            return (error.square().sum(dim=1) + 1e-12).sqrt().mean()

        train(predictor, standard(rows), loss, settings.training, generator)
        return cls(standard, as_network(target), as_network(predictor))

    def value(self, step: TraceStep) -> float:
        """The distance."""
        row = self._standard(self.row(step))
        error = self._predictor(row) - self._target(row)
        return math.sqrt(float(error @ error))

    def tensors(self) -> dict[str, np.ndarray]:
        """Of both networks, and the scale of the input."""
        fixed = tensors_of(self._target, 'target')
        learned = tensors_of(self._predictor, 'predictor')
        return {**self._standard.tensors(), **fixed, **learned}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `tensors`."""
        networks = (Network.restore(tensors, name) for name in ('target', 'predictor'))
        return cls(Standard.restore(tensors), *networks)


class RndObservation(_Rnd):
    """RND-OE: an observation, as the policy embeds it, that training has not seen."""

    name = 'rnd_oe'

    @staticmethod
    def row(step: TraceStep) -> np.ndarray:
        """The embedding."""
        return step.embedding


class RndAction(_Rnd):
    """RND-A: a chunk that training has not seen."""

    name = 'rnd_a'

    @staticmethod
    def row(step: TraceStep) -> np.ndarray:
        """The executed chunk."""
        return step.actions.reshape(-1)
