"""An arm as a chain of three capsules, measured along its axis from the fingertip."""

from typing import NamedTuple

import numpy as np

__all__ = ['Limb', 'Projection']


class Projection(NamedTuple):
    """Points projected onto a limb's axis."""

    arc: np.ndarray
    """Arc length from the fingertip of the nearest point of the axis [m]. Shape (n,)."""
    distance: np.ndarray
    """Distance from the axis [m]. Shape (n,)."""


class Limb:
    """Upper arm, forearm and hand: a polyline with a radius for each piece.

    Arc lengths run from the fingertip (0) over wrist and elbow to the shoulder (`length`),
    the way that a sleeve travels.

    Attributes:
        RADII: usual ones of upper arm, forearm and hand [m].
    """

    RADII = (0.045, 0.037, 0.033)

    def __init__(self, joints: np.ndarray, radii: np.ndarray | None = None) -> None:
        """Take the joints of the limb.

        Args:
            joints: shoulder, elbow, wrist and fingertip [m], any frame. Shape (4, 3).
            radii: of upper arm, forearm and hand [m]. Shape (3,).
        """
        self.joints = _frozen(joints, (4, 3), 'joints')
        self.radii = _frozen(self.RADII if radii is None else radii, (3,), 'radii')
        self._path = self.joints[::-1]  # fingertip first
        steps = np.linalg.norm(np.diff(self._path, axis=0), axis=1)
        if steps.min() < 1e-6:
            raise ValueError(f'joints of a limb must be apart, received {self.joints.tolist()}')
        self._directions = np.diff(self._path, axis=0) / steps[:, None]
        self.cumulative = np.concatenate([[0.0], np.cumsum(steps)])
        self.cumulative.setflags(write=False)

    @property
    def length(self) -> float:
        """Fingertip to shoulder along the axis [m]."""
        return float(self.cumulative[-1])

    @property
    def wrist_arc(self) -> float:
        """Arc length of the wrist [m]."""
        return float(self.cumulative[1])

    @property
    def elbow_arc(self) -> float:
        """Arc length of the elbow [m]."""
        return float(self.cumulative[2])

    @property
    def elbow_flexion(self) -> float:
        """Angle between upper arm and forearm [rad]; 0 is a straight arm."""
        cosine = float(self._directions[1] @ self._directions[2])
        return float(np.arccos(np.clip(cosine, -1.0, 1.0)))

    def segment_at(self, arc: float) -> int:
        """Index of the piece at an arc length: 0 hand, 1 forearm, 2 upper arm."""
        if arc < self.cumulative[1]:
            return 0
        return 1 if arc < self.cumulative[2] else 2

    def point_at(self, arc: float) -> np.ndarray:
        """Point of the axis at an arc length, clipped to the limb. Shape (3,)."""
        arc = min(max(arc, 0.0), self.length)
        i = self.segment_at(arc)
        return self._path[i] + self._directions[i] * (arc - self.cumulative[i])

    def points_at(self, arcs: np.ndarray) -> np.ndarray:
        """Points of the axis at many arc lengths, clipped to the limb. Shape (n,) to (n, 3)."""
        columns = [np.interp(arcs, self.cumulative, self._path[:, i]) for i in range(3)]
        return np.stack(columns, axis=-1)

    def direction_at(self, arc: float) -> np.ndarray:
        """Unit vector along the axis towards the shoulder. Shape (3,)."""
        return self._directions[self.segment_at(arc)]

    def project(self, points: np.ndarray) -> Projection:
        """Nearest point of the axis for each point. Shape of points (n, 3)."""
        points = np.atleast_2d(points)
        offset = points[:, None, :] - self._path[None, :3]  # (n, 3 pieces, 3)
        along = np.einsum('npk,pk->np', offset, self._directions)
        along = np.clip(along, 0.0, np.diff(self.cumulative))
        rest = offset - along[..., None] * self._directions
        distance = np.linalg.norm(rest, axis=2)
        best = distance.argmin(axis=1)
        rows = np.arange(len(points))
        return Projection(self.cumulative[best] + along[rows, best], distance[rows, best])

    def dressed_ratios(self, arc: float) -> tuple[float, float]:
        """Dressed share of the upper arm, and of forearm and upper arm together.

        Args:
            arc: how far the sleeve's opening has come along the limb [m].
        """
        upper = self.length - self.elbow_arc
        on_upper = np.clip(arc - self.elbow_arc, 0.0, upper)
        on_both = np.clip(arc - self.wrist_arc, 0.0, self.length - self.wrist_arc)
        return float(on_upper / upper), float(on_both / (self.length - self.wrist_arc))


def _frozen(values: object, shape: tuple[int, ...], name: str) -> np.ndarray:
    array = np.array(values, dtype=float)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f'{name} must be finite with shape {shape}, received {array.tolist()}')
    array.setflags(write=False)
    return array
