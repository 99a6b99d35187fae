"""logpZO (FAIL-Detect): how far a flow carries an embedding from the usual noise."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from valet_core.monitor.roles import ScorerEpisodes
from valet_core.monitor.scores.network import Network, Standard, tensors_of
from valet_core.monitor.scores.score import RowScore, embedding_rows
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['FlowNoise']


class FlowNoise(RowScore):
    """|| o + v(o, 0) ||^2, with v trained by flow matching from embeddings o to unit noise."""

    name = 'logpzo'

    def __init__(self, standard: Standard, velocity: Network) -> None:
        """Take the fitted parts; the velocity's input is the embedding and the time."""
        self._standard, self._velocity = standard, velocity

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Match the flow from embeddings, at time 0, to noise, at time 1."""
        import torch

        from valet_core.monitor.scores.training import as_network, make_layers, train

        rows = embedding_rows(episodes)
        standard = Standard.of(rows)
        generator = torch.Generator().manual_seed(seed)
        size = rows.shape[1]
        velocity = make_layers((size + 1, *settings.flow, size), generator)

        def loss(batch: Any, random: Any) -> Any:
            noise = torch.randn(batch.shape, generator=random)
            time = torch.rand((len(batch), 1), generator=random)
            between = (1.0 - time) * batch + time * noise
            error = velocity(torch.cat([between, time], dim=1)) - (noise - batch)
            return error.square().mean()

        train(velocity, standard(rows), loss, settings.training, generator)
        return cls(standard, as_network(velocity))

    def value(self, step: TraceStep) -> float:
        """The squared length of the noise that an embedding becomes."""
        row = self._standard(step.embedding)
        noise = row + self._velocity(np.append(row, np.float32(0.0)))
        return float(noise @ noise)

    def tensors(self) -> dict[str, np.ndarray]:
        """Of the network, and the scale of the input."""
        return {**self._standard.tensors(), **tensors_of(self._velocity, 'velocity')}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of `tensors`."""
        return cls(Standard.restore(tensors), Network.restore(tensors, 'velocity'))
