"""The three parts that episodes are split into, each a type of its own.

A threshold holds only if the scorer, the band and the threshold were made from different
episodes. What trains a scorer takes `ScorerEpisodes`, what makes a band takes `BandEpisodes`, and
what makes a threshold takes `CalibrationEpisodes`; nothing turns one of them into another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = [
    'BandEpisodes', 'CalibrationEpisodes', 'Labelled', 'ScorerEpisodes', 'Shares', 'Split',
    'keep_apart', 'needs_role', 'split_three_ways',
]  # fmt: skip


class Labelled(Protocol):
    """Something with a name and an end."""

    @property
    def episode_id(self) -> str:
        """Tells it from the others."""

    @property
    def success(self) -> bool:
        """Whether it ended well."""


E = TypeVar('E', bound=Labelled)


@dataclass(frozen=True)
class _Role(Generic[E]):
    """Successful episodes of one part."""

    episodes: tuple[E, ...]

    def __post_init__(self) -> None:
        """Refuse failures.

        Raises:
            InvalidInputError: naming the first.
        """
        failed = [e.episode_id for e in self.episodes if not e.success]
        if failed:
            raise InvalidInputError(
                f'{type(self).__name__}: {len(failed)} of {len(self.episodes)} episodes are '
                f'failures, the first {failed[0]}; only successes may be in it'
            )

    def __len__(self) -> int:
        return len(self.episodes)

    def __iter__(self) -> Iterator[E]:
        return iter(self.episodes)

    @property
    def names(self) -> frozenset[str]:
        """Of its episodes."""
        return frozenset(e.episode_id for e in self.episodes)

    def map(self, function: Callable[[E], Any]) -> Any:
        """The same part, of the same type, of what a function makes of each episode."""
        return type(self)(tuple(function(e) for e in self.episodes))


class ScorerEpisodes(_Role[E]):
    """Trains scorers."""


class BandEpisodes(_Role[E]):
    """Makes the band: mean and modulation at each step."""


class CalibrationEpisodes(_Role[E]):
    """Makes the threshold."""


class Split(NamedTuple):
    """Successes in three parts."""

    scorer: ScorerEpisodes
    band: BandEpisodes
    calibration: CalibrationEpisodes


class Shares(NamedTuple):
    """How many episodes go to each part; the rest goes to calibration."""

    scorer: int
    band: int


def needs_role(value: object, role: type[Any]) -> None:
    """Refuse episodes of another part, or of none.

    Raises:
        InvalidInputError: naming what was received and what is allowed.
    """
    if not isinstance(value, role):
        raise InvalidInputError(f'received {type(value).__name__}; allowed: {role.__name__}')


def keep_apart(scorer: frozenset[str], calibration: frozenset[str]) -> None:
    """Refuse a scorer that knows episodes of the calibration.

    Raises:
        InvalidInputError: naming one of those episodes.
    """
    shared = sorted(scorer & calibration)
    if shared:
        raise InvalidInputError(
            f'{len(shared)} calibration episodes trained the scorer, the first {shared[0]}: its '
            'scores of them are too low for a threshold'
        )


def split_three_ways(episodes: Sequence[E], shares: Shares, seed: int) -> Split:
    """Deal successes out at random.

    Args:
        episodes: successes with different names.
        shares: sizes of the first two parts.
        seed: of the order.

    Raises:
        InvalidInputError: for a failure among them, a name that is there twice, or too few.
    """
    names = [e.episode_id for e in episodes]
    if len(set(names)) < len(names):
        raise InvalidInputError('two episodes have the same name: one may be in two parts')
    order = np.random.default_rng(seed).permutation(len(episodes))
    dealt = [episodes[i] for i in order]
    first, second = shares.scorer, shares.scorer + shares.band
    if second >= len(dealt):
        raise InvalidInputError(
            f'{len(dealt)} successes; {shares.scorer} for the scorer and {shares.band} for the '
            'band leave none for calibration'
        )
    return Split(
        ScorerEpisodes(tuple(dealt[:first])), BandEpisodes(tuple(dealt[first:second])),
        CalibrationEpisodes(tuple(dealt[second:])),
    )  # fmt: skip
