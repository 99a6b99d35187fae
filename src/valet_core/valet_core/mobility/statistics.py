"""Means with 95 % intervals, as the evaluations report them."""

import math
from collections.abc import Sequence

import numpy as np

__all__ = ['mean_and_interval', 'rate_and_interval']

DRAWS = 2000
Z95 = 1.959964


def rate_and_interval(successes: int, count: int) -> dict[str, object]:
    """A rate with its Wilson score interval, which also holds at 0 and 1."""
    if count == 0:
        return {'mean': None, 'ci95': None}
    rate = successes / count
    spread = 1.0 + Z95**2 / count
    middle = (rate + Z95**2 / (2 * count)) / spread
    half = Z95 * math.sqrt(rate * (1 - rate) / count + Z95**2 / (4 * count**2)) / spread
    # Rounding must not put the rate itself outside, at 0 and at 1.
    return {
        'mean': rate,
        'ci95': [max(min(middle - half, rate), 0.0), min(max(middle + half, rate), 1.0)],
    }


def mean_and_interval(
    values: Sequence[float], groups: Sequence[int], seed: int = 0
) -> dict[str, object]:
    """A mean with a bootstrap interval over groups (worlds), whose members are not independent.

    Args:
        values: one a run.
        groups: the group of each.
        seed: of the resampling.
    """
    if not len(values):
        return {'mean': None, 'ci95': None}
    array, names = np.asarray(values, dtype=float), np.asarray(groups)
    unique, index = np.unique(names, return_inverse=True)
    sums = np.bincount(index, weights=array)
    counts = np.bincount(index)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(unique), size=(DRAWS, len(unique)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {'mean': float(array.mean()), 'ci95': [float(low), float(high)]}
