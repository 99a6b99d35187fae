"""What a study's methods come to on episodes that nothing was made from.

Thresholds are made from usual successes. The rate of false alarms, of which alpha speaks, is that
of new usual successes; `tpr`, `tnr`, `balanced_accuracy`, `twa` and `roc_auc` are of all test
episodes, those under changed conditions among them, for which nothing is guaranteed.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.common.statistics import exact_interval
from valet_core.monitor.conformal import Band, episodes_needed
from valet_core.monitor.detector import Detector, level_of_each, make_detector
from valet_core.monitor.metrics import Detection, detect, mean_metrics, metrics
from valet_core.monitor.recording import check_alike
from valet_core.monitor.roles import CalibrationEpisodes, ScorerEpisodes, keep_apart
from valet_core.monitor.scores.catalogue import check_samples, fit_scores
from valet_core.monitor.scores.score import Score
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.monitor.series import ScoredEpisode
from valet_core.monitor.studies.consequences import consequences
from valet_core.monitor.studies.groups import by_group, score_order, success_in
from valet_core.monitor.studies.study import Combination, Study
from valet_core.monitor.trace import EpisodeTrace
from valet_core.monitor.window import MovingSum

__all__ = ['AssessmentConfig', 'assess', 'methods_of']

SHARES = (0.4, 0.3)  # of usual successes, for the scorer and for calibration; the rest is tested
WINDOWS = (1, 5, 10, 20, 40)  # among which the oracle chooses
TIMED = 5  # episodes whose steps are timed
ALPHAS = (0.05, 0.1, 0.2)  # at which false alarms are counted


@dataclass(frozen=True)
class AssessmentConfig:
    """How a study is evaluated."""

    alpha: float = setting(0.1, 'bound on the rate of false alarms', '', 1e-4, 0.5)
    seeds: int = setting(5, 'random splits, each with scores of its own', '', 1, 1000)
    settings: ScoreSettings = ScoreSettings()

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class _Split(NamedTuple):
    """Scores of the episodes of one split, without windows."""

    calibration: CalibrationEpisodes[ScoredEpisode]
    test: tuple[ScoredEpisode, ...]
    latency: Mapping[str, np.ndarray]
    """Processor time of some steps, by score [s]."""


def methods_of(study: Study) -> list[Combination]:
    """Each score alone, and the study's combinations."""
    return [Combination((name,), 'and') for name in study.scores] + list(study.methods)


def assess(
    study: Study, episodes: Sequence[EpisodeTrace], config: AssessmentConfig
) -> dict[str, Any]:
    """Evaluate every method of a study.

    Args:
        study: what is compared; its window was fixed before.
        episodes: of its conditions.
        config: alpha, splits, networks.

    Returns:
        `methods`: means over the splits; `by_group`: share of episodes with an alarm, by method,
        group and outcome; `length_control`: the methods on episodes that are all cut to the
        length of the shortest success; `oracle_window`: for each method the window of `WINDOWS`
        that is best on the test, which nobody can know before; `order`: mean scores of the four
        groups; `coverage`: false alarms at `ALPHAS`; `refused`: why a method cannot certify
        alpha.

    Raises:
        InvalidInputError: for too few usual successes, or episodes of several policies.
    """
    check_alike(list(episodes))
    check_samples(study.scores, episodes)
    traces = {e.episode_id: e for e in episodes}
    splits = [_split(study, episodes, config, seed) for seed in range(config.seeds)]
    tables = [_table(study, s, study.window, config.alpha, traces) for s in splits]
    shortest = min(len(e) for e in episodes if e.success)
    cut = [_cut(split, shortest) for split in splits]
    controls = [_table(study, s, study.window, config.alpha, traces) for s in cut]
    merged, refused = _merge(tables)
    return {
        'methods': merged,
        'refused': refused,
        'by_group': by_group([table.found for table in tables]),
        'length_control': {'steps': shortest, 'methods': _merge(controls)[0]},
        'oracle_window': _oracle(study, splits, config.alpha, traces),
        'coverage': {f'{alpha:g}': _coverage(study, splits, alpha) for alpha in ALPHAS},
        'order': score_order([s.test for s in splits], study.scores),
    }


class _Table(NamedTuple):
    """Rows of one split by method, and what each method made of each test episode."""

    rows: dict[str, Any]
    found: dict[str, list[tuple[ScoredEpisode, Detection]]]


def _split(
    study: Study, episodes: Sequence[EpisodeTrace], config: AssessmentConfig, seed: int
) -> _Split:
    usual = [e for e in episodes if success_in(e)]
    first, second = _sizes(len(usual), study, config.alpha)
    order = np.random.default_rng(seed).permutation(len(usual))
    scorer = ScorerEpisodes(tuple(usual[i] for i in order[:first]))
    settings = replace(config.settings, position=study.position)
    scores = fit_scores(study.scores, scorer, settings, seed)
    names = {usual[i].episode_id for i in order[first : first + second]}
    rest = [e for e in episodes if e.episode_id not in scorer.names]
    scored = [_score(scores, e) for e in rest]
    calibration = CalibrationEpisodes(tuple(e for e in scored if e.episode_id in names))
    keep_apart(scorer.names, calibration.names)
    test = tuple(e for e in scored if e.episode_id not in names)
    return _Split(calibration, test, _times(scores, rest[:TIMED]))


def _sizes(count: int, study: Study, alpha: float) -> tuple[int, int]:
    """Episodes for the scorer and for calibration."""
    levels = [level_of_each(m.rule, alpha, len(m.scores)) for m in study.methods]
    needed = episodes_needed(min([alpha, *levels]))
    second = max(needed, round(SHARES[1] * count))
    first = min(round(SHARES[0] * count), count - second - 1)
    if first < 1:
        raise InvalidInputError(
            f'alpha {alpha:g} needs at least {needed} usual successes for calibration, 1 for the '
            f'scorer and 1 for the test; received {count}'
        )
    return first, second


def _score(scores: Sequence[Score], episode: EpisodeTrace) -> ScoredEpisode:
    rows = {score.name: score.offline(episode) for score in scores}
    return ScoredEpisode(episode.episode_id, episode.success, rows, episode.group)


def _cut(split: _Split, steps: int) -> _Split:
    def cut(e: ScoredEpisode) -> ScoredEpisode:
        return replace(e, scores={name: v[:steps] for name, v in e.scores.items()})

    return split._replace(
        calibration=split.calibration.map(cut), test=tuple(cut(e) for e in split.test)
    )


def _table(
    study: Study, split: _Split, window: int, alpha: float, traces: Mapping[str, EpisodeTrace]
) -> _Table:
    calibration = split.calibration.map(lambda e: e.windowed(window))
    test = [e.windowed(window) for e in split.test]
    longest = max(len(e) for e in (*calibration, *test))
    bands = dict.fromkeys(study.scores, Band.constant())
    rows: dict[str, Any] = {}
    every: dict[str, list[tuple[ScoredEpisode, Detection]]] = {}
    for names, rule in methods_of(study):
        detector = make_detector(names, rule, calibration, bands, alpha)
        if detector.refusal:
            rows[detector.name] = {'refused': detector.refusal}
            continue
        found = [(e, detect(detector, e)) for e in test]
        row = metrics([d for _, d in found], longest)
        usual = metrics([d for e, d in found if success_in(e)], longest)
        for key in ('false_alarm_rate', 'false_alarm_ci95'):
            row[key] = usual[key]
        row['usual_successes'] = usual['successes']
        row |= consequences([(traces[e.episode_id], d) for e, d in found])
        row['latency_p99_ms'] = _latency(split, detector, window)
        rows[detector.name], every[detector.name] = row, found
    return _Table(rows, every)


def _merge(tables: Sequence[_Table]) -> tuple[dict[str, Any], dict[str, str]]:
    """Means over the splits; a method that is refused in one is refused."""
    methods: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name in tables[0].rows:
        rows = [table.rows[name] for table in tables]
        reasons = [row['refused'] for row in rows if 'refused' in row]
        if reasons:
            refused[name] = reasons[0]
        else:
            methods[name] = mean_metrics(rows)
            for key in ('twa', 'balanced_accuracy'):
                there = [row[key] for row in rows if row[key] is not None]
                methods[name][f'{key}_spread'] = float(np.std(there)) if there else None
    return methods, refused


def _coverage(study: Study, splits: Sequence[_Split], alpha: float) -> dict[str, Any]:
    """False alarms of new usual successes, by method; those that cannot certify alpha left out.

    `false_alarms` of `successes` are over all splits, which share episodes; the interval is that
    of one split, averaged.
    """
    out: dict[str, Any] = {}
    bands = dict.fromkeys(study.scores, Band.constant())
    for names, rule in methods_of(study):
        counts = []
        for split in splits:
            calibration = split.calibration.map(lambda e: e.windowed(study.window))
            detector = make_detector(names, rule, calibration, bands, alpha)
            if detector.refusal:
                break
            usual = [e.windowed(study.window) for e in split.test if success_in(e)]
            alarms = sum(bool(detector.flags(e).any()) for e in usual)
            counts.append((alarms, len(usual), *exact_interval(alarms, len(usual))))
        else:
            alarms, total, low, high = np.array(counts, float).T
            out[detector.name] = {
                'false_alarm_rate': float(alarms.sum() / total.sum()),
                'false_alarm_ci95': [float(low.mean()), float(high.mean())],
                'false_alarms': int(alarms.sum()), 'successes': int(total.sum()),
            }  # fmt: skip
    return out


def _oracle(
    study: Study, splits: Sequence[_Split], alpha: float, traces: Mapping[str, EpisodeTrace]
) -> dict[str, Any]:
    best: dict[str, Any] = {}
    for window in WINDOWS:
        merged, _ = _merge([_table(study, s, window, alpha, traces) for s in splits])
        for name, row in merged.items():
            if row['twa'] is not None and row['twa'] > best.get(name, {'twa': -1.0})['twa']:
                accuracy = row['balanced_accuracy']
                best[name] = {
                    'window': window, 'twa': row['twa'], 'balanced_accuracy': accuracy
                }
    return best


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


def _latency(split: _Split, detector: Detector, window: int) -> float:
    """99th percentile of the processor time of scores, windows and thresholds at a step [ms]."""
    own = np.sum([split.latency[name] for name in detector.names], axis=0)
    sums, took = [MovingSum(window) for _ in detector.names], []
    for index in range(min(len(own), 500)):
        begun = time.thread_time()
        flags = [
            threshold.flag(index, total.step(0.0))
            for threshold, total in zip(detector.thresholds, sums, strict=True)
        ]
        detector.decide(flags)
        took.append(time.thread_time() - begun)
    return 1e3 * float(np.percentile(own, 99) + np.percentile(took, 99))
