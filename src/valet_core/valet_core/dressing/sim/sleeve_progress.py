"""How far a sleeve has come along an arm, and whether cloth went through it."""

import numpy as np
from numba import njit

from valet_core.geometry.limb import Limb

__all__ = ['pierced_triangles', 'rim_arc']

_SLACK = 1e-6  # of boxes that rule crossings out, far above round-off [m]


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
    following = np.concatenate([rim[1:], rim[:1]])
    path = np.concatenate([limb.joints[::-1], trunk])
    # All that is beyond the shoulder counts as the shoulder.
    starts = np.concatenate([limb.cumulative, np.full(len(trunk), limb.length)])
    links, weighted = 0.0, 0.0
    for i in np.flatnonzero(_near(rim, path)):
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
    # The hand's axis ends a radius before the fingertip.
    path = np.stack([limb.point_at(float(limb.radii[2])), limb.joints[1], limb.joints[0]])
    count = 0
    for start, end in zip(path[:-1], path[1:], strict=True):
        count += _count_crossings(start, end, np.array(vertices), np.array(triangles))
    return count


def _near(points: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Which pieces of a path (k, 3) come to the box around points. Shape (k - 1,), bool."""
    low, high = points.min(axis=0) - _SLACK, points.max(axis=0) + _SLACK
    above = np.maximum(path[:-1], path[1:]) >= low
    below = np.minimum(path[:-1], path[1:]) <= high
    return (above & below).all(axis=1)


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


@njit(cache=True)
def _count_crossings(
    start: np.ndarray, end: np.ndarray, vertices: np.ndarray, triangles: np.ndarray
) -> int:
    """Number of triangles that a segment meets, as `_crossings` finds them, in one loop."""
    count = 0
    rx, ry, rz = end - start
    for i in range(len(triangles)):
        ax, ay, az = vertices[triangles[i, 0]]
        bx, by, bz = vertices[triangles[i, 1]]
        cx, cy, cz = vertices[triangles[i, 2]]
        bx, by, bz, cx, cy, cz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
        ox, oy, oz = start[0] - ax, start[1] - ay, start[2] - az
        px, py, pz = ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx
        qx, qy, qz = oy * bz - oz * by, oz * bx - ox * bz, ox * by - oy * bx
        slope = bx * px + by * py + bz * pz
        if slope == 0.0:
            continue
        beta = (ox * px + oy * py + oz * pz) / slope
        gamma = (qx * rx + qy * ry + qz * rz) / slope
        share = (cx * qx + cy * qy + cz * qz) / slope
        if 0.0 <= share < 1.0 and beta >= 0.0 and gamma >= 0.0 and beta + gamma <= 1.0:
            count += 1
    return count
