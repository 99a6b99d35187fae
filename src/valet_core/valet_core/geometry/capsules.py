"""Nearest points of segments, the axes of capsules."""

import numpy as np

__all__ = ['nearest_points', 'segment_distance']


def nearest_points(
    a_start: np.ndarray, a_end: np.ndarray, b_start: np.ndarray, b_end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where two segments come nearest to each other, for many pairs at once.

    Args:
        a_start: one end of the first [m]. Shape (..., 3).
        a_end: its other end. Shape (..., 3).
        b_start: one end of the second. Shape (..., 3).
        b_end: its other end. Shape (..., 3).

    Returns:
        A point on the first and one on the second [m]. Shapes (..., 3).
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
    return a_start + s[..., None] * d1, b_start + t[..., None] * d2


def segment_distance(
    a_start: np.ndarray, a_end: np.ndarray, b_start: np.ndarray, b_end: np.ndarray
) -> np.ndarray:
    """Smallest distance between two segments, for many pairs at once.

    A capsule pair's clearance is this minus both radii. Arguments as of `nearest_points`.

    Returns:
        Distances [m]. Shape (...).
    """
    on_a, on_b = nearest_points(a_start, a_end, b_start, b_end)
    return np.linalg.norm(on_a - on_b, axis=-1)


def _dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum('...i,...i->...', x, y)
