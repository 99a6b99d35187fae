"""A monitor from recordings: scores fitted, thresholds made, and what they come to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.monitor.comparison import check_controls, control_rows
from valet_core.monitor.conformal import Band, episodes_needed
from valet_core.monitor.dealing import CalibrationConfig, Part, band_size, deal
from valet_core.monitor.detector import RULES, level_of_each, make_detector
from valet_core.monitor.evaluation import longest_of, make_bands, merge_tables, score_table
from valet_core.monitor.metrics import detect, metrics
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.recording import check_alike
from valet_core.monitor.roles import (
    ScorerEpisodes,
    Shares,
    keep_apart,
    split_three_ways,
)
from valet_core.monitor.scores.catalogue import check_samples, find_scores, fit_scores
from valet_core.monitor.scores.score import Score
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.series import ScoredEpisode
from valet_core.monitor.trace import EpisodeTrace

__all__ = ['FitConfig', 'evaluate_recordings', 'fit_monitor', 'score_episode']

_SCORER_SHARE = 0.4


@dataclass(frozen=True)
class FitConfig:
    """What is fitted. Chosen in advance: to choose by the test voids the guarantee."""

    scores: tuple[str, ...] = setting(('rnd_oe', 'ace_mean'), 'whose alarms are joined')
    rule: str = setting('and', 'all at once, or any', choices=RULES)
    calibration: CalibrationConfig = CalibrationConfig(window=10)
    settings: ScoreSettings = ScoreSettings()
    seed: int = setting(0, 'of the split and of training', '', 0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        find_scores(self.scores)


def score_episode(scores: Sequence[Score], episode: EpisodeTrace, window: int) -> ScoredEpisode:
    """All scores of an episode, summed over a window."""
    rows = {score.name: score.offline(episode) for score in scores}
    return ScoredEpisode(episode.episode_id, episode.success, rows, episode.group).windowed(window)


def fit_monitor(episodes: Sequence[EpisodeTrace], config: FitConfig) -> Monitor:
    """Fit scores and thresholds on three different parts of the successes.

    Args:
        episodes: of one policy; failures among them are left out.
        config: what is fitted.

    Raises:
        InvalidInputError: for episodes of several policies, too few successes for alpha, or
            samples that a score needs and an episode lacks.
    """
    good = _successes(episodes, config.scores)
    each = level_of_each(config.rule, config.calibration.alpha, len(config.scores))
    shares = _shares(len(good), each, config.calibration, spare=0)
    split = split_three_ways(good, shares, config.seed)
    scores = fit_scores(config.scores, split.scorer, config.settings, config.seed)
    window = config.calibration.window
    keep_apart(split.scorer.names, split.calibration.names)
    part = Part(
        split.band.map(lambda e: score_episode(scores, e, window)),
        split.calibration.map(lambda e: score_episode(scores, e, window)), (),
    )  # fmt: skip
    bands = make_bands(part, config.scores, config.calibration.style)
    alpha = config.calibration.alpha
    detector = make_detector(config.scores, config.rule, part.calibration, bands, alpha)
    return Monitor(scores, detector, window, good[0].shape, good[0].policy)


def evaluate_recordings(
    episodes: Sequence[EpisodeTrace], config: FitConfig, controls: Sequence[str] = ()
) -> dict[str, Any]:
    """Fit and test on random splits; each score alone and each pair, as for logs.

    Args:
        episodes: of one policy, successes and failures.
        config: what is fitted; all scores of it are compared.
        controls: of `comparison.CONTROLS`, as further rows named `<score> [<control>]`.

    Returns:
        As `evaluate_logs`.
    """
    check_controls(controls)
    _successes(episodes, config.scores)
    seeds = range(config.calibration.seeds)
    return merge_tables([_one_split(episodes, config, seed, controls) for seed in seeds])


def _one_split(
    episodes: Sequence[EpisodeTrace], config: FitConfig, seed: int, controls: Sequence[str]
) -> dict[str, Any]:
    calibration = config.calibration
    good = [e for e in episodes if e.success]
    shares = _shares(len(good), calibration.alpha, calibration, spare=1)
    order = np.random.default_rng(seed).permutation(len(good))
    scorer = ScorerEpisodes(tuple(good[i] for i in order[: shares.scorer]))
    scores = fit_scores(config.scores, scorer, config.settings, seed)
    rest = [e for e in episodes if e.episode_id not in scorer.names]
    scored = [score_episode(scores, e, calibration.window) for e in rest]
    part = deal(scored, calibration, seed)
    keep_apart(scorer.names, part.calibration.names)
    table = score_table(part, config.scores, calibration)
    took = _times(scores, rest[:5])
    for name, row in table.items():
        if 'refused' not in row:
            own = [took[n] for n in config.scores if n in name.split()]
            row['latency_p99_ms'] += 1e3 * float(np.percentile(np.sum(own, axis=0), 99))
    simple = [name for name in controls if name != 'scorer_on_calibration']
    table |= control_rows(part, config.scores, calibration, simple)
    if len(simple) < len(controls):
        table |= _scorer_on_calibration(rest, part, config, seed)
    return table


def _scorer_on_calibration(
    episodes: Sequence[EpisodeTrace], part: Part, config: FitConfig, seed: int
) -> dict[str, Any]:
    """Rows of scores that were fitted on the episodes that make the threshold: for comparison."""
    own = tuple(e for e in episodes if e.episode_id in part.calibration.names)
    scores = fit_scores(config.scores, ScorerEpisodes(own), config.settings, seed)
    window = config.calibration.window
    again = {e.episode_id: score_episode(scores, e, window) for e in episodes}
    calibration = part.calibration.map(lambda e: again[e.episode_id])
    rows = {}
    for name in config.scores:
        bands = {name: Band.constant()}
        detector = make_detector([name], 'and', calibration, bands, config.calibration.alpha)
        found = [detect(detector, again[e.episode_id]) for e in part.test]
        rows[f'{name} [scorer_on_calibration]'] = metrics(found, longest_of(part))
    return rows


def _successes(episodes: Sequence[EpisodeTrace], scores: Sequence[str]) -> list[EpisodeTrace]:
    if not episodes:
        raise InvalidInputError('received no episode')
    check_alike(list(episodes))
    check_samples(scores, episodes)
    good = [e for e in episodes if e.success]
    if not good:
        raise InvalidInputError(f'all {len(episodes)} episodes are failures; successes are needed')
    return good


def _shares(count: int, alpha: float, config: CalibrationConfig, spare: int) -> Shares:
    """Sizes of the parts for scorer and band; calibration gets what alpha needs, or more."""
    needed, band = episodes_needed(alpha), band_size(config, count)
    scorer = min(round(_SCORER_SHARE * count), count - needed - band - spare)
    if scorer < 1:
        raise InvalidInputError(
            f'alpha {alpha:g} needs at least {needed} successful episodes for calibration, '
            f'{band} for the band, 1 for the scorer and {spare} for the test; received {count}'
        )
    return Shares(scorer, band)


def _times(scores: Sequence[Score], episodes: Sequence[EpisodeTrace]) -> dict[str, np.ndarray]:
    """Processor time of each step of some episodes, by score [s]."""
    took: dict[str, list[float]] = {score.name: [] for score in scores}
    for episode in episodes:
        for score in scores:
            score.reset()
        for step in episode:
            for score in scores:
                begun = time.thread_time()
                score.step(step)
                took[score.name].append(time.thread_time() - begun)
    return {name: np.array(times) for name, times in took.items()}
