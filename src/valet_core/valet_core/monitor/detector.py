"""Thresholds of one or more scores as one alarm."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.conformal import Band, Threshold, calibrate
from valet_core.monitor.roles import CalibrationEpisodes
from valet_core.monitor.series import ScoredEpisode, series_of

__all__ = ['RULES', 'Detector', 'level_of_each', 'make_detector', 'method_name']

RULES = ('and', 'or')


def level_of_each(rule: str, alpha: float, count: int) -> float:
    """The alpha that each of some thresholds needs, so that the rule keeps alpha.

    An alarm of all at once is an alarm of the first, so that `and` keeps it. By `or` the rates
    add up (Bonferroni).
    """
    if rule not in RULES:
        raise InvalidInputError(f'rule: received {rule!r}; allowed: {", ".join(RULES)}')
    return alpha if rule == 'and' else alpha / count


def method_name(names: Sequence[str], rule: str) -> str:
    """What a score or a combination is called in results."""
    return f' {rule} '.join(names)


@dataclass(frozen=True)
class Detector:
    """An alarm when all (`and`) or any (`or`) of some scores are above their thresholds.

    Attributes:
        names: of the scores.
        thresholds: one a name.
        rule: 'and' or 'or'.
        alpha: bound on the rate of false alarms that was asked for.
    """

    names: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    rule: str
    alpha: float

    @property
    def name(self) -> str:
        """Of the method, in results."""
        return method_name(self.names, self.rule)

    @property
    def refusal(self) -> str:
        """Why alpha is not certified; empty where it is."""
        reasons = (f'{n}: {t.refusal}' for n, t in zip(self.names, self.thresholds, strict=True)
                   if not t.is_certified)  # fmt: skip
        return '; '.join(reasons)

    def decide(self, flags: Sequence[bool]) -> bool:
        """Whether it is an alarm that these scores are above their thresholds."""
        return all(flags) if self.rule == 'and' else any(flags)

    def flags(self, episode: ScoredEpisode) -> np.ndarray:
        """At which steps there is an alarm; a score that is not a number always is one.

        Returns:
            Shape (T,).
        """
        values = [episode.scores[n] for n in self.names]
        rows = [t.flags(v) for t, v in zip(self.thresholds, values, strict=True)]
        broken = np.isnan(values).any(axis=0)
        joined = np.all(rows, axis=0) if self.rule == 'and' else np.any(rows, axis=0)
        return joined | broken

    def peak(self, episode: ScoredEpisode) -> float:
        """How near to an alarm an episode comes; above 0 is one. Orders episodes for the ROC."""
        parts = []
        for name, threshold in zip(self.names, self.thresholds, strict=True):
            scale = max(abs(threshold.level), 1e-9)
            excess = threshold.band.excesses(episode.scores[name])
            parts.append((excess - threshold.level) / scale)
        joined = np.min(parts, axis=0) if self.rule == 'and' else np.max(parts, axis=0)
        return math.inf if np.isnan(joined).any() else float(joined.max())


def make_detector(
    names: Sequence[str],
    rule: str,
    episodes: CalibrationEpisodes[ScoredEpisode],
    bands: Mapping[str, Band],
    alpha: float,
) -> Detector:
    """Calibrate a threshold for each score, at the level that the rule needs.

    Args:
        names: of the scores, one or more.
        rule: 'and' or 'or'; of no matter with one score.
        episodes: for calibration, with windows applied.
        bands: by score.
        alpha: bound on the rate of false alarms.
    """
    each = level_of_each(rule, alpha, len(names))
    thresholds = tuple(calibrate(series_of(episodes, n), bands[n], each) for n in names)
    return Detector(tuple(names), thresholds, rule, alpha)
