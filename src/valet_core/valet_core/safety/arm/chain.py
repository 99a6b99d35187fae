"""How a twist of the tool moves each link of a serial robot, from the poses of its links."""

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ['Chain']

_DAMPING = 1e-4
"""Of the inverse of the Jacobian: near a singularity joints do not get infinitely fast."""


class Chain:
    """Links from the base to the tool, each of which turns about the z axis of its own frame.

    Nothing but poses is known of the robot, so that its joints are measured and not modelled.
    """

    def __init__(self, joints: Sequence[str]) -> None:
        """Name the links.

        Args:
            joints: the frames, from the base on.
        """
        self.joints = tuple(joints)

    def index(self, link: str) -> int:
        """How many joints move a link; one that is not of the chain moves with the tool."""
        return self.joints.index(link) + 1 if link in self.joints else len(self.joints)

    def rows(
        self,
        poses: Mapping[str, np.ndarray],
        tool: np.ndarray,
        moved_by: np.ndarray,
        points: np.ndarray,
        normals: np.ndarray,
    ) -> np.ndarray:
        """How fast points of links move along directions, for each component of the twist.

        Args:
            poses: T_base_link of every joint's link. Shapes (4, 4).
            tool: position of the tool [m]. Shape (3,).
            moved_by: how many joints move each point, as of `index`. Shape (k,).
            points: base frame [m]. Shape (k, 3).
            normals: of unit length, base frame. Shape (k, 3).

        Returns:
            Times a twist (linear [m/s], angular [rad/s], base frame) the speeds [m/s].
            Shape (k, 6).
        """
        rigid = moved_by == len(self.joints)  # of these no inverse is needed, which is most
        rows = np.empty((len(points), 6))
        rows[rigid, :3] = normals[rigid]
        rows[rigid, 3:] = _cross(points[rigid] - tool, normals[rigid])
        if not rigid.all():
            rest = ~rigid
            rows[rest] = self._by_joints(poses, tool, moved_by[rest], points[rest], normals[rest])
        return rows

    def _by_joints(
        self,
        poses: Mapping[str, np.ndarray],
        tool: np.ndarray,
        moved_by: np.ndarray,
        points: np.ndarray,
        normals: np.ndarray,
    ) -> np.ndarray:
        """`rows`, through the speeds of the joints."""
        frames = np.stack([poses[name] for name in self.joints])
        axis, origin = frames[:, :3, 2], frames[:, :3, 3]
        jacobian = np.vstack([_cross(axis, tool - origin).T, axis.T])  # (6, n)
        square = jacobian @ jacobian.T + _DAMPING * np.eye(6)
        lever = _cross(axis, points[:, None] - origin)  # (k, n, 3)
        along = np.einsum('kni,ki->kn', lever, normals)
        along *= np.arange(len(self.joints)) < moved_by[:, None]
        return along @ np.linalg.solve(square, jacobian).T


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross product over the last axis, with less overhead than numpy's. Shapes (..., 3)."""
    a, b = np.broadcast_arrays(a, b)
    out = np.empty(a.shape)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        out[..., i] = a[..., j] * b[..., k] - a[..., k] * b[..., j]
    return out
