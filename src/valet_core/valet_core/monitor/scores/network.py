"""Networks of the scores in numpy, for one row at a time: quick, and free of torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ['Network', 'Standard', 'tensors_of']

_SLOPE = np.float32(0.01)  # torch's default of LeakyReLU


class Network:
    """Linear layers with LeakyReLU between them.

    Attributes:
        layers: weight (out, in) and bias (out,) of each, float32.
    """

    def __init__(self, layers: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        """Take the layers."""
        self.layers = [
            (np.ascontiguousarray(w, np.float32), np.ascontiguousarray(b, np.float32))
            for w, b in layers
        ]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Output (out,) of an input (in,)."""
        last = len(self.layers) - 1
        for index, (weight, bias) in enumerate(self.layers):
            x = weight @ x + bias
            if index < last:
                x = np.maximum(x, _SLOPE * x)
        return x

    @classmethod
    def restore(cls, tensors: Mapping[str, np.ndarray], name: str) -> 'Network':
        """The reverse of `tensors_of`."""
        count = sum(k.startswith(f'{name}.') and k.endswith('.weight') for k in tensors)
        return cls([
            (tensors[f'{name}.{i}.weight'], tensors[f'{name}.{i}.bias']) for i in range(count)
        ])  # fmt: skip


def tensors_of(network: Network, name: str) -> dict[str, np.ndarray]:
    """Parameters under `<name>.<layer>.weight` and `.bias`."""
    out: dict[str, np.ndarray] = {}
    for index, (weight, bias) in enumerate(network.layers):
        out[f'{name}.{index}.weight'], out[f'{name}.{index}.bias'] = weight, bias
    return out


class Standard:
    """Shifts and scales each number of a row to mean 0 and deviation 1.

    Attributes:
        mean: shape (D,), float32.
        scale: deviation; 1 where a number never changed. Shape (D,), float32.
    """

    def __init__(self, mean: np.ndarray, scale: np.ndarray) -> None:
        """Take both."""
        self.mean, self.scale = np.asarray(mean, np.float32), np.asarray(scale, np.float32)

    @classmethod
    def of(cls, rows: np.ndarray) -> 'Standard':
        """That of rows, shape (N, D)."""
        mean, scale = rows.mean(axis=0, dtype=float), rows.std(axis=0, dtype=float)
        still = scale <= 1e-6 * np.maximum(np.abs(mean), 1.0)
        return cls(mean, np.where(still, 1.0, scale))

    def __call__(self, row: np.ndarray) -> np.ndarray:
        """A row (D,), or rows (N, D), standardised."""
        return (np.asarray(row, np.float32) - self.mean) / self.scale

    def tensors(self) -> dict[str, np.ndarray]:
        """Both as arrays, for the weights."""
        return {'mean': self.mean, 'scale': self.scale}

    @classmethod
    def restore(cls, tensors: Mapping[str, Any]) -> 'Standard':
        """The reverse of `tensors`."""
        return cls(tensors['mean'], tensors['scale'])
