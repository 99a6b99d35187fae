"""How thresholds are made, and which episodes make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.monitor.conformal import episodes_needed
from valet_core.monitor.roles import BandEpisodes, CalibrationEpisodes
from valet_core.monitor.series import ScoredEpisode

__all__ = ['CalibrationConfig', 'Part', 'band_size', 'deal', 'deal_all']

STYLES = ('constant', 'band')
_LEAST_BAND = 2


@dataclass(frozen=True)
class CalibrationConfig:
    """How thresholds are made. Fixed in advance: to choose by the test voids the guarantee."""

    alpha: float = setting(0.1, 'bound on the rate of false alarms', '', 1e-4, 0.5)
    style: str = setting('constant', 'threshold over time', choices=STYLES)
    window: int = setting(1, 'steps over which a score is summed', 'steps', 1, 1000)
    seeds: int = setting(5, 'random splits', '', 1, 1000)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Part(NamedTuple):
    """Episodes of one split, with windows applied; the scorer's own are not among them."""

    band: BandEpisodes[ScoredEpisode]
    calibration: CalibrationEpisodes[ScoredEpisode]
    test: tuple[ScoredEpisode, ...]


def deal(
    episodes: Sequence[ScoredEpisode], config: CalibrationConfig, seed: int
) -> Part:
    """Deal successes to band, calibration and test; all failures are for the test.

    Half of the successes are for the test, or fewer where alpha needs them for calibration.

    Raises:
        InvalidInputError: for fewer successes than alpha needs.
    """
    good = [e for e in episodes if e.success]
    needed, band = episodes_needed(config.alpha), band_size(config, len(good))
    if len(good) < needed + band + 1:
        raise InvalidInputError(
            f'alpha {config.alpha:g} needs at least {needed} successful episodes for calibration'
            f'{f", {band} for the band" if band else ""} and 1 for the test; received {len(good)} '
            f'successful of {len(episodes)}'
        )
    calibration = max(needed, len(good) - len(good) // 2 - band)
    order = np.random.default_rng(seed).permutation(len(good))
    dealt = [good[i] for i in order]
    rest = (*dealt[band + calibration :], *(e for e in episodes if not e.success))
    return Part(
        BandEpisodes(tuple(dealt[:band])),
        CalibrationEpisodes(tuple(dealt[band : band + calibration])), rest,
    )  # fmt: skip


def deal_all(episodes: Sequence[ScoredEpisode], config: CalibrationConfig) -> Part:
    """Deal all successes to band and calibration, with none left for a test."""
    good = [e for e in episodes if e.success]
    band = band_size(config, len(good))
    order = np.random.default_rng(0).permutation(len(good))
    dealt = tuple(good[i] for i in order)
    return Part(BandEpisodes(dealt[:band]), CalibrationEpisodes(dealt[band:]), ())


def band_size(config: CalibrationConfig, successes: int) -> int:
    """Episodes for the band; none where it is constant."""
    return 0 if config.style == 'constant' else max(_LEAST_BAND, successes // 6)
