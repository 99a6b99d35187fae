"""Conformal thresholds: one number an episode, and the exact rank of a finite sample.

Each successful calibration episode gives its peak, the largest (score_t - mean_t) / modulation_t.
The threshold is the ceil((n + 1)(1 - alpha))-th smallest of n peaks. A new successful episode that
is exchangeable with those has a peak above it with a probability of alpha at most.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.roles import BandEpisodes, CalibrationEpisodes, needs_role
from valet_core.monitor.series import ScoreSeries

__all__ = [
    'Band', 'Threshold', 'calibrate', 'certifiable', 'conformal_rank', 'episodes_needed',
    'make_band', 'order_threshold',
]  # fmt: skip

_LEAST = 2  # episodes that have to reach a step for a mean and a modulation of its own
_FLOOR = 0.1  # smallest modulation, as a share of the spread of all scores


def conformal_rank(count: int, alpha: float) -> int:
    """Rank of the threshold among the sorted peaks, from 1; above `count` there is none.

    Args:
        count: calibration episodes, n.
        alpha: bound on the rate of false alarms, 0..1, both excluded.
    """
    if not 0.0 < alpha < 1.0:
        raise InvalidInputError(f'alpha: received {alpha}; allowed: above 0 and below 1')
    # 20 * (1 - 0.1) is 18 exactly, and its floating-point product may be a little more.
    return math.ceil(round((count + 1) * (1.0 - alpha), 9))


def certifiable(count: int, alpha: float) -> bool:
    """Whether n episodes can certify alpha at all."""
    return conformal_rank(count, alpha) <= count


def episodes_needed(alpha: float) -> int:
    """The fewest calibration episodes that can certify alpha, such as 19 for 0.05."""
    count = max(1, math.floor(1.0 / alpha) - 2)
    while not certifiable(count, alpha):
        count += 1
    return count


def order_threshold(peaks: Iterable[float], alpha: float) -> float:
    """The peak of the conformal rank; infinite where there are too few, or it is not finite.

    A peak that is not a number counts as infinite.
    """
    values = np.array(list(peaks), dtype=float)
    values[np.isnan(values)] = np.inf
    rank = conformal_rank(len(values), alpha)
    return float('inf') if rank > len(values) else float(np.sort(values)[rank - 1])


@dataclass(frozen=True)
class Band:
    """What a score usually is at each step, and how much it varies.

    Past its last step both stay as they were there: an episode may be longer than any seen. The
    guarantee holds for it as well, as long as its length is as exchangeable as its scores.

    Attributes:
        mean: shape (L,).
        modulation: above 0. Shape (L,).
    """

    mean: np.ndarray
    modulation: np.ndarray

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.mean.shape != self.modulation.shape or self.mean.ndim != 1 or not len(self.mean):
            raise InvalidInputError(
                f'band: received shapes {self.mean.shape} and {self.modulation.shape}; allowed: '
                'two rows of one length'
            )
        if not np.isfinite(self.mean).all() or not (self.modulation > 0.0).all():
            raise InvalidInputError('band: a mean is not finite, or a modulation not above 0')

    @classmethod
    def constant(cls) -> 'Band':
        """The band of a threshold that is the same at every step."""
        return cls(np.zeros(1), np.ones(1))

    def __len__(self) -> int:
        return len(self.mean)

    def excess(self, index: int, score: float) -> float:
        """How far a score is above the mean of its step, in modulations."""
        at = min(index, len(self.mean) - 1)
        return float((score - self.mean[at]) / self.modulation[at])

    def excesses(self, scores: np.ndarray) -> np.ndarray:
        """The same for the steps of an episode, from its first. Shape (T,)."""
        at = np.minimum(np.arange(len(scores)), len(self.mean) - 1)
        return (scores - self.mean[at]) / self.modulation[at]

    def peak(self, scores: np.ndarray) -> float:
        """The one number of an episode; infinite where a score is not a number."""
        values = self.excesses(scores)
        return float('inf') if np.isnan(values).any() else float(values.max())

    def value(self, index: int, level: float) -> float:
        """The score at which the excess is `level`."""
        at = min(index, len(self.mean) - 1)
        return float(self.mean[at] + level * self.modulation[at])


def make_band(episodes: BandEpisodes[ScoreSeries]) -> Band:
    """Mean and standard deviation at each step that two episodes reach.

    Raises:
        InvalidInputError: for episodes of another part, too few, or scores that are not finite.
    """
    needs_role(episodes, BandEpisodes)
    if len(episodes) < _LEAST:
        raise InvalidInputError(f'band: {len(episodes)} episodes; at least {_LEAST} are needed')
    series = [e.values for e in episodes]
    if not all(np.isfinite(values).all() for values in series):
        raise InvalidInputError('band: a score of its episodes is not finite')
    length = sorted(map(len, series))[-_LEAST]
    mean: np.ndarray = np.empty(length)
    spread: np.ndarray = np.empty(length)
    for t in range(length):
        there = [values[t] for values in series if len(values) > t]
        mean[t], spread[t] = np.mean(there), np.std(there, ddof=1)
    floor = _FLOOR * float(np.std(np.concatenate(series)))
    return Band(mean, np.maximum(spread, floor if floor > 0.0 else 1.0))


@dataclass(frozen=True)
class Threshold:
    """A calibrated threshold of one score.

    Attributes:
        band: what a score is measured against.
        level: excess above which it is an alarm; infinite where alpha cannot be certified.
        alpha: the rate of false alarms that was asked for.
        count: calibration episodes.
    """

    band: Band
    level: float
    alpha: float
    count: int

    @property
    def is_certified(self) -> bool:
        """Whether it can raise an alarm at all."""
        return math.isfinite(self.level)

    @property
    def refusal(self) -> str:
        """Why alpha is not certified; empty where it is."""
        if self.is_certified:
            return ''
        if not certifiable(self.count, self.alpha):
            return (
                f'alpha {self.alpha:g} needs at least {episodes_needed(self.alpha)} successful '
                f'calibration episodes, received {self.count}: the threshold is infinite'
            )
        return (
            f'alpha {self.alpha:g}: so many of the {self.count} calibration episodes have scores '
            'that are not finite that the threshold is infinite'
        )

    def at(self, index: int) -> float:
        """The threshold of a score at a step."""
        return self.band.value(index, self.level)

    def flags(self, scores: np.ndarray) -> np.ndarray:
        """Which steps of an episode are above it; what is not a number is. Shape (T,)."""
        return ~(self.band.excesses(scores) <= self.level)

    def flag(self, index: int, score: float) -> bool:
        """Whether a score at a step is above it; one that is not a number is."""
        return not self.band.excess(index, score) <= self.level


def calibrate(
    episodes: CalibrationEpisodes[ScoreSeries], band: Band, alpha: float
) -> Threshold:
    """The threshold of a score.

    Args:
        episodes: their scores; none of them made the band or trained the scorer.
        band: from other episodes, or `Band.constant()`.
        alpha: bound on the rate of false alarms.

    Raises:
        InvalidInputError: for episodes of another part, or none.
    """
    needs_role(episodes, CalibrationEpisodes)
    if not len(episodes):
        raise InvalidInputError('calibration: received no successful episode')
    peaks = [band.peak(e.values) for e in episodes]
    return Threshold(band, order_threshold(peaks, alpha), alpha, len(episodes))
