"""The sum of a score over the last steps."""

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['MovingSum', 'moving_sums']


class MovingSum:
    """The sum of the last `width` values; before there are so many, of those that there are.

    It is added up anew at each step, the oldest first: a running total would carry rounding
    errors, and a NaN for ever.
    """

    def __init__(self, width: int) -> None:
        """Start empty.

        Args:
            width: steps, at least 1.
        """
        _check(width)
        self._values: list[float] = [0.0] * width

    def reset(self) -> None:
        """Forget every value."""
        self._values = [0.0] * len(self._values)

    def step(self, value: float) -> float:
        """Take a value; the sum with it."""
        self._values = [*self._values[1:], value]
        total = 0.0
        for item in self._values:  # not sum(), which rounds otherwise from Python 3.12 on
            total += item
        return total


def moving_sums(values: np.ndarray, width: int) -> np.ndarray:
    """The same for all steps of an episode. Shape (T,), as that of `values`."""
    _check(width)
    padded = np.concatenate([np.zeros(width - 1), np.asarray(values, float)])
    total: np.ndarray = np.zeros(len(values))
    for start in range(width):
        total = total + padded[start : start + len(values)]
    return total


def _check(width: int) -> None:
    if width < 1:
        raise InvalidInputError(f'window: received {width}; allowed: 1 or more')
