"""Distances between segments, the axes of capsules."""

import numpy as np

__all__ = ['segment_distance']


def segment_distance(
    a_start: np.ndarray, a_end: np.ndarray, b_start: np.ndarray, b_end: np.ndarray
) -> np.ndarray:
    """Smallest distance between two segments, for many pairs at once.

    A capsule pair's clearance is this minus both radii.

    Args:
        a_start: one end of the first [m]. Shape (..., 3).
        a_end: its other end. Shape (..., 3).
        b_start: one end of the second. Shape (..., 3).
        b_end: its other end. Shape (..., 3).

    Returns:
        Distances [m]. Shape (...).
    """
    d1, d2, r = a_end - a_start, b_end - b_start, a_start - b_start
    a, e, b = _dot(d1, d1), _dot(d2, d2), _dot(d1, d2)
    c, f = _dot(d1, r), _dot(d2, r)
    a, e = np.maximum(a, 1e-12), np.maximum(e, 1e-12)
    denominator = a * e - b * b
    parallel = denominator < 1e-9 * a * e
    s = np.where(parallel, 0.0, (b * f - c * e) / np.where(parallel, 1.0, denominator))
    s = np.clip(s, 0.0, 1.0)
    t = np.clip((b * s + f) / e, 0.0, 1.0)
    # With t clipped to its segment, the best s for that t.
    s = np.clip((b * t - c) / a, 0.0, 1.0)
    gap = r + s[..., None] * d1 - t[..., None] * d2
    return np.linalg.norm(gap, axis=-1)


def _dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum('...i,...i->...', x, y)
