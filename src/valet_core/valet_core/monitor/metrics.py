"""How good an alarm is: rates, timeliness, area under the curve, exact intervals."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from valet_core.common.statistics import exact_interval
from valet_core.monitor.detector import Detector
from valet_core.monitor.series import ScoredEpisode

__all__ = ['Detection', 'detect', 'mean_metrics', 'metrics', 'roc_auc']


class Detection(NamedTuple):
    """What a detector makes of an episode."""

    success: bool
    length: int
    """Steps."""
    first_alarm: int | None
    """Step of the first alarm; None without."""
    peak: float
    """How near to an alarm it came, or how far beyond."""


def detect(detector: Detector, episode: ScoredEpisode) -> Detection:
    """Run a detector over an episode with windows applied."""
    steps = np.flatnonzero(detector.flags(episode))
    first = int(steps[0]) if len(steps) else None
    return Detection(episode.success, len(episode), first, detector.peak(episode))


def metrics(detections: Sequence[Detection], longest: int) -> dict[str, Any]:
    """Rates and timeliness; what there is no episode for is None.

    Args:
        detections: of the episodes of a test.
        longest: steps of the longest episode of all, by which the time of an alarm is measured.

    Returns:
        `twa`: half the mean over failures of 1 - the time of the alarm (0 if there is none) and
        the share of successes without an alarm; `balanced_accuracy`, `tpr`, `tnr`;
        `detection_time`: mean over detected failures of first alarm / (longest - 1);
        `false_alarm_rate` with `false_alarm_ci95`, exact (Clopper and Pearson); `roc_auc`;
        `successes` and `failures` that it is about.
    """
    good = [d for d in detections if d.success]
    bad = [d for d in detections if not d.success]
    times = [_time(d, longest) for d in bad if d.first_alarm is not None]
    tpr = len(times) / len(bad) if bad else None
    false = sum(d.first_alarm is not None for d in good)
    far = false / len(good) if good else None
    timely = sum(1.0 - time for time in times) / len(bad) if bad else None
    tnr = None if far is None else 1.0 - far
    return {
        'twa': _half(timely, tnr),
        'balanced_accuracy': _half(tpr, tnr),
        'tpr': tpr,
        'tnr': tnr,
        'detection_time': sum(times) / len(times) if times else None,
        'false_alarm_rate': far,
        'false_alarm_ci95': list(exact_interval(false, len(good))) if good else [None, None],
        'roc_auc': roc_auc([d.peak for d in bad], [d.peak for d in good]),
        'successes': len(good),
        'failures': len(bad),
    }


def mean_metrics(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Mean over splits of each entry that every split has; an interval's ends each for itself."""
    listed = list(rows)
    out: dict[str, Any] = {}
    for key in listed[0]:
        values = [row[key] for row in listed]
        if isinstance(values[0], int):
            out[key] = values[0]  # a size, the same in every split
        elif isinstance(values[0], list):
            ends = [_mean(list(column)) for column in zip(*values, strict=True)]
            out[key] = ends
        else:
            out[key] = _mean(values)
    return out


def roc_auc(failures: Sequence[float], successes: Sequence[float]) -> float | None:
    """Probability that a failure's peak is above a success's, ties counted half."""
    if not failures or not successes:
        return None
    a, b = np.asarray(failures, float)[:, None], np.asarray(successes, float)[None, :]
    return float(np.mean((a > b) + 0.5 * (a == b)))


def _time(detection: Detection, longest: int) -> float:
    assert detection.first_alarm is not None
    return detection.first_alarm / max(longest - 1, 1)


def _half(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else 0.5 * (a + b)


def _mean(values: list[Any]) -> Any:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
