"""Ways of making thresholds that do not hold, to show by how much: for comparison only.

Each is one that published monitors use, or an assumption that a user may break. Nothing outside
of a comparison calls them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.conformal import Band, Threshold, calibrate, make_band
from valet_core.monitor.dealing import CalibrationConfig, Part
from valet_core.monitor.detector import Detector
from valet_core.monitor.metrics import detect, metrics
from valet_core.monitor.roles import BandEpisodes, CalibrationEpisodes
from valet_core.monitor.series import ScoredEpisode, ScoreSeries, series_of

__all__ = [
    'CONTROLS', 'StepThresholds', 'broken_detector', 'check_controls', 'control_rows', 'drifted',
]  # fmt: skip


@dataclass(frozen=True)
class StepThresholds(Threshold):
    """A threshold for each step by itself: nothing is said of a whole episode.

    Attributes:
        steps: shape (L,).
    """

    steps: np.ndarray

    def flags(self, scores: np.ndarray) -> np.ndarray:
        """Which steps of an episode are above it. Shape (T,)."""
        return ~(scores <= self.steps[np.minimum(np.arange(len(scores)), len(self.steps) - 1)])


def lower_side_band(
    band: BandEpisodes[ScoreSeries], calibration: CalibrationEpisodes[ScoreSeries], alpha: float
) -> Threshold:
    """A band calibrated by how far scores fall below the mean, used as an upper one."""
    made = _band_of(band, calibration)
    mirrored = replace(made, mean=-made.mean)
    lower = calibration.map(lambda e: ScoreSeries(e.episode_id, e.success, -e.values))
    return Threshold(made, calibrate(lower, mirrored, alpha).level, alpha, len(calibration))


def per_step_quantiles(
    band: BandEpisodes[ScoreSeries], calibration: CalibrationEpisodes[ScoreSeries], alpha: float
) -> Threshold:
    """The quantile of each step by itself."""
    series = [e.values for e in calibration]
    steps = np.array([
        np.quantile([v[t] for v in series if len(v) > t], 1.0 - alpha)
        for t in range(max(map(len, series)))
    ])  # fmt: skip
    return StepThresholds(Band.constant(), float(steps.max()), alpha, len(calibration), steps)


def plain_quantile(
    band: BandEpisodes[ScoreSeries], calibration: CalibrationEpisodes[ScoreSeries], alpha: float
) -> Threshold:
    """The quantile of the peaks without the rank of a finite sample."""
    peaks = [Band.constant().peak(e.values) for e in calibration]
    level = float(np.quantile(peaks, 1.0 - alpha))
    return Threshold(Band.constant(), level, alpha, len(calibration))


_Maker = Callable[[BandEpisodes[ScoreSeries], CalibrationEpisodes[ScoreSeries], float], Threshold]
_THRESHOLDS: Mapping[str, _Maker] = {
    'lower_side_band': lower_side_band,
    'per_step_quantiles': per_step_quantiles,
    'plain_quantile': plain_quantile,
}
CONTROLS = (*_THRESHOLDS, 'drift', 'scorer_on_calibration')
"""Names of what breaks the guarantee; the last one needs recordings, as it trains scorers."""


def check_controls(controls: Sequence[str], allowed: Sequence[str] = CONTROLS) -> None:
    """Refuse a control that is not there.

    Raises:
        InvalidInputError: naming it and those that are.
    """
    for name in controls:
        if name not in allowed:
            raise InvalidInputError(f'control: received {name!r}; allowed: {", ".join(allowed)}')


def control_rows(
    part: Part, names: Sequence[str], config: CalibrationConfig, controls: Sequence[str]
) -> dict[str, Any]:
    """Metrics of each score by each way that does not hold, named `<score> [<control>]`.

    Raises:
        InvalidInputError: for a control that is not there, or that needs recordings.
    """
    check_controls(controls, CONTROLS[:-1])
    longest = max(len(e) for e in (*part.band, *part.calibration, *part.test))
    rows = {}
    for control in controls:
        tested = drifted(part).test if control == 'drift' else part.test
        for name in names:
            detector = broken_detector(control, part, name, config.alpha)
            found = [detect(detector, e) for e in tested]
            rows[f'{name} [{control}]'] = metrics(found, longest)
    return rows


def broken_detector(control: str, part: Part, name: str, alpha: float) -> Detector:
    """A detector of one score whose threshold is made in one of the wrong ways, or for one.

    That of `drift` is right, and what it is used on is not.

    Raises:
        InvalidInputError: for a control that is no way of making thresholds.
    """
    check_controls([control], CONTROLS[:-1])
    band, calibration = series_of(part.band, name), series_of(part.calibration, name)
    made = _THRESHOLDS.get(control, _constant)(band, calibration, alpha)
    return Detector((name,), (made,), 'and', alpha)


def drifted(part: Part, share: float = 1.0) -> Part:
    """Test episodes whose scores have risen by a share of their spread, which no threshold knows.

    Args:
        part: of a split.
        share: of the standard deviation over the steps of the calibration episodes.
    """
    names = list(part.test[0].scores)
    spread = {
        n: share * float(np.std(np.concatenate([e.scores[n] for e in part.calibration])))
        for n in names
    }
    return part._replace(
        test=tuple(
            ScoredEpisode(
                e.episode_id, e.success, {n: e.scores[n] + spread[n] for n in names}, e.group
            )
            for e in part.test
        )
    )


def _constant(
    band: BandEpisodes[ScoreSeries], calibration: CalibrationEpisodes[ScoreSeries], alpha: float
) -> Threshold:
    return calibrate(calibration, Band.constant(), alpha)


def _band_of(
    band: BandEpisodes[ScoreSeries], calibration: CalibrationEpisodes[ScoreSeries]
) -> Band:
    if not len(band):
        raise InvalidInputError('lower_side_band: needs episodes for a band: take style band')
    return make_band(band)
