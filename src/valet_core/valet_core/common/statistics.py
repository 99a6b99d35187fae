"""Means and rates with 95 % intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['count_entry', 'exact_interval', 'mean_interval', 'rate_interval', 'summary_entry']

Z95 = 1.959963984540054
RESAMPLES = 2000


def mean_interval(
    values: Sequence[float] | np.ndarray,
    groups: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Mean and its 95 % interval by the percentile bootstrap over episodes, or groups of them.

    Args:
        values: one number an episode. Shape (n,), n >= 1.
        groups: what each belongs to, such as its world, where the members of a group are not
            independent; None: every episode stands for itself. Shape (n,).
        seed: of the resampling.

    Raises:
        InvalidInputError: for no values, or one that is not finite.
    """
    values = _checked(values)
    names = np.arange(len(values)) if groups is None else np.asarray(groups)
    unique, index = np.unique(names, return_inverse=True)
    sums, counts = np.bincount(index, weights=values), np.bincount(index)
    drawn = np.random.default_rng(seed).integers(len(unique), size=(RESAMPLES, len(unique)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def rate_interval(successes: Sequence[bool] | np.ndarray) -> tuple[float, float, float]:
    """Share of successes and its 95 % Wilson score interval, which also holds at 0 and 1.

    Args:
        successes: one truth value an episode. Shape (n,), n >= 1.

    Raises:
        InvalidInputError: for no values.
    """
    values = _checked(successes)
    n, share = len(values), float(values.mean())
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    # Rounding must not put the share outside of its own interval.
    return share, min(share, float(centre - half)), max(share, float(centre + half))


def summary_entry(
    values: Sequence[Any] | np.ndarray, groups: Sequence[int] | None = None
) -> dict[str, Any]:
    """`{'mean': m, 'ci95': [low, high]}` of numbers, or of truth values by Wilson's score.

    Args:
        values: one an episode; none gives None for the mean and both ends.
        groups: of numbers, as for `mean_interval`.
    """
    array = np.asarray(values)
    if not len(array):
        return {'mean': None, 'ci95': [None, None]}
    if array.dtype == bool:
        mean, low, high = rate_interval(array)
    else:
        mean, low, high = mean_interval(array, groups)
    return {'mean': mean, 'ci95': [low, high]}


def count_entry(successes: int, count: int) -> dict[str, Any]:
    """`summary_entry` of a rate by the numbers of successes and of episodes."""
    return summary_entry(np.arange(count) < successes)


def exact_interval(successes: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a rate (Clopper and Pearson), by quantiles of the beta distribution.

    Args:
        successes: 0..count.
        count: trials, at least 1.
        level: of confidence, 0..1.

    Raises:
        InvalidInputError: for numbers that cannot be.
    """
    if count < 1 or not 0 <= successes <= count:
        raise InvalidInputError(f'received {successes} of {count}; allowed: 0..count, count >= 1')
    from scipy.stats import beta  # slow to import

    tail = (1.0 - level) / 2.0
    low = beta.ppf(tail, successes, count - successes + 1) if successes else 0.0
    high = beta.ppf(1.0 - tail, successes + 1, count - successes) if successes < count else 1.0
    return float(low), float(high)


def _checked(values: Sequence[float] | np.ndarray) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise InvalidInputError(
            f'expected a non-empty row of finite numbers, received shape {array.shape}'
        )
    return array
