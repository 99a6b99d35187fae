"""How far a sleeve has come along an arm, and whether cloth went through it."""

import numpy as np

from valet_core.geometry.limb import Limb

__all__ = ['pierced_triangles', 'rim_arc']


def rim_arc(rim: np.ndarray, limb: Limb, trunk: np.ndarray) -> float | None:
    """Arc length at which the limb's axis passes through the sleeve's opening.

    The opening is a closed loop and the axis, followed through the trunk, a curve whose only free
    end is the fingertip. So the signed crossings of a surface across the loop add up to the times
    that the two are linked: zero means that the arm is not in the sleeve, whatever the loop's
    shape, and an opening that has been pulled beyond the shoulder still counts.

    Args:
        rim: vertices of the opening, in order [m]. Shape (n, 3).
        limb: the arm.
        trunk: points inside of the body from the shoulder to where it stands [m]. Shape (k, 3).

    Returns:
        Arc length from the fingertip [m], at most `limb.length`; None when the arm is not in.
    """
    centre = np.broadcast_to(rim.mean(axis=0), rim.shape)
    following = np.roll(rim, -1, axis=0)
    path = np.concatenate([limb.joints[::-1], trunk])
    # All that is beyond the shoulder counts as the shoulder.
    starts = np.concatenate([limb.cumulative, np.full(len(trunk), limb.length)])
    links, weighted = 0.0, 0.0
    for i in range(len(path) - 1):
        share, sign = _crossings(path[i], path[i + 1], centre, rim, following)
        arcs = starts[i] + share * (starts[i + 1] - starts[i])
        links += sign.sum()
        weighted += (sign * arcs).sum()
    if abs(links) < 0.5:
        return None
    return float(np.clip(weighted / links, 0.0, limb.length))


def pierced_triangles(vertices: np.ndarray, triangles: np.ndarray, limb: Limb) -> int:
    """Number of cloth triangles that the arm's axis passes through: 0 unless cloth tunnelled.

    Args:
        vertices: of the cloth [m]. Shape (nv, 3).
        triangles: vertex indices. Shape (nt, 3).
        limb: the arm.
    """
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    # The hand's axis ends a radius before the fingertip.
    tip = limb.point_at(float(limb.radii[2]))
    shoulder, elbow = limb.joints[0], limb.joints[1]
    count = 0
    for start, end in ((tip, elbow), (elbow, shoulder)):
        count += len(_crossings(start, end, a, b, c)[0])
    return count


def _crossings(
    start: np.ndarray, end: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where a segment meets triangles: share of the segment (k,) and side it comes from (k,)."""
    ray = end - start
    edge_b, edge_c, offset = b - a, c - a, start - a
    # Moeller and Trumbore, 1997, with the signs of both sides of the triangle.
    across = _cross(np.broadcast_to(ray, edge_c.shape), edge_c)
    slope = _dot(edge_b, across)
    turned = _cross(offset, edge_b)
    with np.errstate(divide='ignore', invalid='ignore'):
        beta = _dot(offset, across) / slope
        gamma = turned @ ray / slope
        share = _dot(edge_c, turned) / slope
        hit = (share >= 0) & (share < 1) & (beta >= 0) & (gamma >= 0) & (beta + gamma <= 1)
    return share[hit], -np.sign(slope[hit])


def _dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum('ni,ni->n', x, y)


def _cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """As np.cross for rows, without its overhead of many times the work."""
    columns = [x[:, i] * y[:, j] - x[:, j] * y[:, i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(columns, axis=1)
