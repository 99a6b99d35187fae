"""Multilayer networks in numpy: quick to evaluate, and free of torch."""

from collections.abc import Mapping

import numpy as np

__all__ = ['Mlp']


class Mlp:
    """Linear layers with ELU between them.

    Attributes:
        layers: weight (out, in) and bias (out,) of each, float32.
    """

    def __init__(self, layers: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """Take the layers as they are."""
        self.layers = [
            (np.ascontiguousarray(w, np.float32), np.asarray(b, np.float32)) for w, b in layers
        ]

    @property
    def inputs(self) -> int:
        """Length of the input."""
        return self.layers[0][0].shape[1]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Output (..., out) of an input (..., in)."""
        for weight, bias in self.layers[:-1]:
            x = x @ weight.T + bias
            x = np.where(x > 0.0, x, np.expm1(np.minimum(x, 0.0)))
        weight, bias = self.layers[-1]
        return x @ weight.T + bias

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """Its parameters under `<name>.<layer>.weight` and `.bias`."""
        out: dict[str, np.ndarray] = {}
        for index, (weight, bias) in enumerate(self.layers):
            out[f'{name}.{index}.weight'], out[f'{name}.{index}.bias'] = weight, bias
        return out

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray], name: str) -> 'Mlp':
        """The reverse of `tensors`."""
        count = sum(k.startswith(f'{name}.') and k.endswith('.weight') for k in tensors)
        return cls([
            (tensors[f'{name}.{i}.weight'], tensors[f'{name}.{i}.bias']) for i in range(count)
        ])  # fmt: skip
