"""Action-chunk entropy (ACE, FIPER): how many different things the policy might do.

The position that each drawn chunk leads to is put into cells, a joint histogram over the drawn
chunks at each horizon step, whose Shannon entropy is in bits. FIPER's code takes the mean over
the horizon, its equation the sum, and its text speaks of each dimension by itself.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.roles import ScorerEpisodes, needs_role
from valet_core.monitor.scores.score import RowScore
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep

__all__ = ['EntropyByDimension', 'MeanEntropy', 'SumEntropy']

# Odd multipliers by which the cells of several dimensions become one number each; two different
# cells share one with a probability of 2^-64.
_MIX = np.random.default_rng(20260101).integers(1, 2**62, 64, dtype=np.int64) * 2 + 1
_FAR = 2.0**52  # cells beyond which a number of one is not exact any more


def total_entropy(cells: np.ndarray) -> float:
    """Sum over columns of the entropy of the values in each [bit].

    Args:
        cells: numbers of cells. Shape (B, N).
    """
    drawn, columns = cells.shape
    by_column = np.ascontiguousarray(cells.T)
    by_column.sort(axis=1)
    flat = by_column.reshape(-1)
    first = np.empty(flat.size, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=first[1:])
    first[::drawn] = True
    starts = np.flatnonzero(first)
    counts = np.empty(starts.size)
    np.subtract(starts[1:], starts[:-1], out=counts[:-1])
    counts[-1] = flat.size - starts[-1]
    return float(columns * np.log2(drawn) - counts @ np.log2(counts) / drawn)


class _Entropy(RowScore):
    """Cells of the positions that drawn chunks lead to."""

    needs_samples: ClassVar[bool] = True

    def __init__(
        self, position: tuple[int, ...], scale: float, low: np.ndarray, edge: np.ndarray
    ) -> None:
        """Take the fitted parts.

        Args:
            position: which numbers of an action make the position.
            scale: time by which they are summed to positions [s]; 0: they are positions.
            low: a corner of the cells. Shape (d,).
            edge: edges of a cell. Shape (d,).
        """
        self._position, self._scale = tuple(position), scale
        self._low, self._edge = np.asarray(low, float), np.asarray(edge, float)

    @classmethod
    def fit(
        cls, episodes: ScorerEpisodes[EpisodeTrace], settings: ScoreSettings, seed: int
    ) -> Self:
        """Take the edges of the cells from the range of the positions."""
        needs_role(episodes, ScorerEpisodes)
        first = episodes.episodes[0]
        outside = [i for i in settings.position if i >= first.actions.shape[2]]
        if outside:
            raise InvalidInputError(
                f'position: received {list(settings.position)}; allowed: numbers of an action, '
                f'0..{first.actions.shape[2] - 1}'
            )
        scale = first.period if settings.integrate else 0.0
        parts = [places(e.samples, settings.position, scale) for e in episodes
                 if e.samples is not None]  # fmt: skip
        low = np.min([p.min(axis=(1, 2, 3)) for p in parts], axis=0)
        high = np.max([p.max(axis=(1, 2, 3)) for p in parts], axis=0)
        edge = settings.cell * (high - low)
        return cls(settings.position, scale, low, np.where(edge > 0.0, edge, 1.0))

    def value(self, step: TraceStep) -> float:
        """The entropy; not a number where a sample is not."""
        assert step.samples is not None
        cells = places(step.samples, self._position, self._scale)
        cells -= self._low[:, None, None]
        cells /= self._edge[:, None, None]
        if not np.abs(cells).max() < _FAR:
            return float('nan')
        return self.entropy(np.floor(cells, out=cells).astype(np.int64))

    def entropy(self, cells: np.ndarray) -> float:
        """Of cells, shape (d, B, H) [bit]; by default the mean over the horizon of the joint."""
        size, drawn, horizon = cells.shape
        joint = _MIX[:size] @ cells.reshape(size, -1)
        return total_entropy(joint.reshape(drawn, horizon)) / horizon

    def parameters(self) -> dict[str, Any]:
        """Which numbers make the position, and whether they are summed."""
        return {'position': list(self._position), 'scale': self._scale}

    def tensors(self) -> dict[str, np.ndarray]:
        """The cells."""
        return {'low': self._low, 'edge': self._edge}

    @classmethod
    def restore(cls, parameters: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Self:
        """The reverse of both."""
        position = tuple(parameters['position'])
        return cls(position, parameters['scale'], tensors['low'], tensors['edge'])


def places(samples: np.ndarray, position: tuple[int, ...], scale: float) -> np.ndarray:
    """Positions of drawn chunks (..., H, A), relative to the present. Shape (d, ..., H)."""
    chosen = np.array([samples[..., i] for i in position], dtype=float)
    if scale:
        np.cumsum(chosen, axis=-1, out=chosen)
        chosen *= scale
    return chosen


class MeanEntropy(_Entropy):
    """The mean over the horizon of the entropy of the joint histogram."""

    name = 'ace_mean'


class SumEntropy(_Entropy):
    """The sum over the horizon of the entropy of the joint histogram."""

    name = 'ace_sum'

    def entropy(self, cells: np.ndarray) -> float:
        """Of cells, shape (d, B, H) [bit]."""
        return super().entropy(cells) * cells.shape[2]


class EntropyByDimension(_Entropy):
    """The sum over dimensions of the mean over the horizon of each one's own entropy."""

    name = 'ace_dims'

    def entropy(self, cells: np.ndarray) -> float:
        """Of cells, shape (d, B, H) [bit]."""
        size, drawn, horizon = cells.shape
        by_column = cells.transpose(1, 0, 2).reshape(drawn, size * horizon)
        return total_entropy(by_column) / horizon
