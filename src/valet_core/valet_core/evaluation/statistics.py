"""Means and rates with 95 % intervals."""

from typing import Any

import numpy as np

from valet_core.errors import InvalidInputError

__all__ = ['mean_interval', 'rate_interval', 'summary_entry']

Z95 = 1.959963984540054
RESAMPLES = 2000


def mean_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Mean and its 95 % interval by the percentile bootstrap over episodes.

    Args:
        values: one number an episode. Shape (n,), n >= 1.
        seed: of the resampling.
    """
    values = _checked(values)
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def rate_interval(successes: np.ndarray) -> tuple[float, float, float]:
    """Share of successes and its 95 % Wilson score interval.

    Args:
        successes: one truth value an episode. Shape (n,), n >= 1.
    """
    values = _checked(successes)
    n, share = len(values), float(values.mean())
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    # Rounding must not put the share outside of its own interval.
    return share, min(share, float(centre - half)), max(share, float(centre + half))


def summary_entry(values: Any) -> dict[str, Any]:
    """`{'mean': m, 'ci95': [low, high]}` of numbers, or of truth values by Wilson's score."""
    array = np.asarray(values)
    interval = rate_interval if array.dtype == bool else mean_interval
    mean, low, high = interval(array)
    return {'mean': mean, 'ci95': [low, high]}


def _checked(values: np.ndarray) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise InvalidInputError(
            f'expected a non-empty row of finite numbers, received shape {array.shape}'
        )
    return array
