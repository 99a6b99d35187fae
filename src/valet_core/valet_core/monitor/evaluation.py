"""What each score and combination comes to, over random splits of the episodes."""

import itertools
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from valet_core.monitor.comparison import control_rows
from valet_core.monitor.conformal import Band, make_band
from valet_core.monitor.dealing import CalibrationConfig, Part, deal
from valet_core.monitor.detector import RULES, Detector, make_detector
from valet_core.monitor.metrics import detect, mean_metrics, metrics
from valet_core.monitor.series import ScoredEpisode, common_scores, series_of
from valet_core.monitor.window import MovingSum

__all__ = [
    'all_methods', 'calibrate_methods', 'evaluate_logs', 'longest_of', 'make_bands',
    'merge_tables', 'score_table',
]  # fmt: skip


def all_methods(names: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    """Each score alone, and each pair by `and` and by `or`."""
    pairs = itertools.combinations(names, 2)
    alone: list[tuple[tuple[str, ...], str]] = [((name,), 'and') for name in names]
    return alone + [(pair, rule) for pair in pairs for rule in RULES]


def make_bands(part: Part, names: Sequence[str], style: str) -> dict[str, Band]:
    """The band of each score, of the part for bands; constant ones need none."""
    if style == 'constant':
        return {name: Band.constant() for name in names}
    return {name: make_band(series_of(part.band, name)) for name in names}


def calibrate_methods(
    part: Part, names: Sequence[str], config: CalibrationConfig
) -> list[Detector]:
    """A detector of each method."""
    bands = make_bands(part, names, config.style)
    return [
        make_detector(method, rule, part.calibration, bands, config.alpha)
        for method, rule in all_methods(names)
    ]


def score_table(part: Part, names: Sequence[str], config: CalibrationConfig) -> dict[str, Any]:
    """Metrics of each method on the test of one split, or `{'refused': why}`."""
    longest = longest_of(part)
    rows: dict[str, Any] = {}
    for detector in calibrate_methods(part, names, config):
        if detector.refusal:
            rows[detector.name] = {'refused': detector.refusal}
            continue
        rows[detector.name] = metrics([detect(detector, e) for e in part.test], longest)
        rows[detector.name]['latency_p99_ms'] = _latency(detector, part.test, config.window)
    return rows


def longest_of(part: Part) -> int:
    """Steps of the longest episode of a split."""
    return max(len(e) for e in (*part.band, *part.calibration, *part.test))


def evaluate_logs(
    episodes: Sequence[ScoredEpisode], config: CalibrationConfig, controls: Sequence[str] = ()
) -> dict[str, Any]:
    """Each method's means over the splits.

    Args:
        episodes: with all their scores.
        config: how thresholds are made.
        controls: ways that do not hold, for comparison, as rows named `<score> [<control>]`.

    Returns:
        `methods`: metrics by name; `compared`: the same of `controls`; `refused`: why a method
        cannot certify alpha, by name.

    Raises:
        InvalidInputError: for scores that some episodes lack, or too few successes.
    """
    names = common_scores(list(episodes))
    summed = [e.windowed(config.window) for e in episodes]
    tables = []
    for seed in range(config.seeds):
        part = deal(summed, config, seed)
        rows = control_rows(part, names, config, controls)
        tables.append({**score_table(part, names, config), **rows})
    return merge_tables(tables)


def merge_tables(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over splits; a method that is refused in one split is refused."""
    methods: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name in tables[0]:
        rows = [table[name] for table in tables]
        reasons = [row['refused'] for row in rows if 'refused' in row]
        if reasons:
            refused[name] = reasons[0]
        else:
            methods[name] = mean_metrics(rows)
    compared = {name: methods.pop(name) for name in list(methods) if name.endswith(']')}
    return {'methods': methods, 'compared': compared, 'refused': refused}


def _latency(detector: Detector, episodes: Sequence[ScoredEpisode], window: int) -> float:
    """99th percentile of the processor time of windows, thresholds and rule at a step [ms].

    What it took to make the scores is not in a log of them.
    """
    took = []
    for episode in episodes[:20]:
        sums = [MovingSum(window) for _ in detector.names]
        rows = [episode.scores[name] for name in detector.names]
        for index in range(len(episode)):
            begun = time.thread_time()
            flags = [
                threshold.flag(index, total.step(float(row[index])))
                for threshold, total, row in zip(detector.thresholds, sums, rows, strict=True)
            ]
            detector.decide(flags)
            took.append(time.thread_time() - begun)
    return 1e3 * float(np.percentile(took, 99))
