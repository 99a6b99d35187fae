"""All scores by name, and how several are fitted at once."""

from collections.abc import Sequence

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.roles import ScorerEpisodes, needs_role
from valet_core.monitor.scores.chunks import ChunkMagnitude, OverlapError, Stac
from valet_core.monitor.scores.dynamics import Dwell, Surprise
from valet_core.monitor.scores.embedding import Mahalanobis, NearestCentroid
from valet_core.monitor.scores.entropy import EntropyByDimension, MeanEntropy, SumEntropy
from valet_core.monitor.scores.flow import FlowNoise
from valet_core.monitor.scores.rnd import RndAction, RndObservation
from valet_core.monitor.scores.score import Score
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.trace import EpisodeTrace

__all__ = ['SCORES', 'check_samples', 'find_scores', 'fit_scores']

SCORES: dict[str, type[Score]] = {
    kind.name: kind
    for kind in (
        RndObservation, MeanEntropy, SumEntropy, EntropyByDimension, Stac, FlowNoise,
        NearestCentroid, RndAction, OverlapError, ChunkMagnitude, Mahalanobis,
        Surprise, Dwell,
    )
}  # fmt: skip


def find_scores(names: Sequence[str]) -> list[type[Score]]:
    """Scores by their names.

    Raises:
        InvalidInputError: for a name that is not there or is there twice.
    """
    unknown = [name for name in names if name not in SCORES]
    if unknown or len(set(names)) < len(names) or not names:
        raise InvalidInputError(
            f'scores: received {", ".join(names) or "none"}; allowed, each once: '
            f'{", ".join(SCORES)}'
        )
    return [SCORES[name] for name in names]


def check_samples(names: Sequence[str], episodes: Sequence[EpisodeTrace]) -> None:
    """Refuse scores that need samples where an episode has none.

    Raises:
        InvalidInputError: naming the scores and the first such episode.
    """
    drawing = [kind.name for kind in find_scores(names) if kind.needs_samples]
    without = [e.episode_id for e in episodes if e.samples is None]
    if drawing and without:
        others = ', '.join(name for name, kind in SCORES.items() if not kind.needs_samples)
        raise InvalidInputError(
            f'{len(without)} of {len(episodes)} episodes have no samples, the first {without[0]}, '
            f'and {", ".join(drawing)} needs them; scores that do not: {others}'
        )


def fit_scores(
    names: Sequence[str],
    episodes: ScorerEpisodes[EpisodeTrace],
    settings: ScoreSettings,
    seed: int,
) -> list[Score]:
    """Fit scores on successes that nothing else is made from.

    Raises:
        InvalidInputError: for a name that is not there, no episode, or one without samples.
    """
    needs_role(episodes, ScorerEpisodes)
    if not len(episodes):
        raise InvalidInputError('scores: received no successful episode to fit them on')
    check_samples(names, episodes.episodes)
    return [kind.fit(episodes, settings, seed) for kind in find_scores(names)]
