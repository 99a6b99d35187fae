"""Small vectors of three, without the overhead of numpy's general functions."""

import numpy as np

__all__ = ['UP', 'across', 'cross', 'unit']

UP = np.array([0.0, 0.0, 1.0])


def across(direction: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Unit vector across a direction, as near to another as can be. Shape (3,)."""
    across = wanted - direction * (direction @ wanted)
    return across / np.linalg.norm(across)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """As np.cross for two vectors, without its overhead of many times the work."""
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def unit(v: np.ndarray) -> np.ndarray:
    """A vector at length 1. Shape (3,)."""
    return v / np.linalg.norm(v)
