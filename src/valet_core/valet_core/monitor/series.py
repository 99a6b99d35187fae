"""The scores of an episode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.window import moving_sums

__all__ = ['ScoreSeries', 'ScoredEpisode', 'check_scores', 'common_scores', 'series_of']


@dataclass(frozen=True)
class ScoreSeries:
    """One score of one episode, step by step.

    Attributes:
        episode_id: of the episode.
        success: whether it ended well.
        values: shape (T,), T >= 1.
    """

    episode_id: str
    success: bool
    values: np.ndarray


@dataclass(frozen=True)
class ScoredEpisode:
    """All scores of one episode.

    Attributes:
        episode_id: tells it from the others.
        success: whether it ended well.
        scores: by name, each of shape (T,).
        group: free text.
    """

    episode_id: str
    success: bool
    scores: Mapping[str, np.ndarray]
    group: str = ''

    def __len__(self) -> int:
        return len(next(iter(self.scores.values())))

    def series(self, name: str) -> ScoreSeries:
        """One of its scores."""
        return ScoreSeries(self.episode_id, self.success, self.scores[name])

    def windowed(self, width: int) -> 'ScoredEpisode':
        """The same with each score summed over the last steps."""
        sums = {name: moving_sums(values, width) for name, values in self.scores.items()}
        return ScoredEpisode(self.episode_id, self.success, sums, self.group)


def series_of(part: Any, name: str) -> Any:
    """One score of the episodes of a part, as the same part: for calibration, or for the band."""
    return part.map(lambda episode: episode.series(name))


def common_scores(episodes: list[ScoredEpisode]) -> list[str]:
    """The names of the scores, which every episode has to have.

    Raises:
        InvalidInputError: naming the first score and the first episode that lacks it.
    """
    names = list(dict.fromkeys(name for e in episodes for name in e.scores))
    check_scores(episodes, names)
    return names


def check_scores(episodes: list[ScoredEpisode], names: list[str]) -> None:
    """Check that each episode has each score.

    Raises:
        InvalidInputError: naming the first score and the first episode that lacks it.
    """
    for name in names:
        lack = [e.episode_id for e in episodes if name not in e.scores]
        if lack:
            raise InvalidInputError(
                f'score {name!r}: {len(lack)} of {len(episodes)} episodes lack it, the first '
                f'{lack[0]}'
            )
