"""What a path would do to the person and ask of the robot, before it is taken."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.path import ToolPath
from valet_core.geometry.capsules import segment_distance
from valet_core.geometry.limb import Limb
from valet_core.geometry.polyline import Polyline
from valet_core.perception.self_filter import Capsules, RobotShape
from valet_core.simulation.ur_motion import Branch, follow, link_poses

__all__ = ['Foresight', 'Outlook', 'person_around']

STEP = 0.03  # between the poses that are looked at [m]
TOOL_OFFSET = 0.1558  # from the flange to the tool [m]


class Outlook(NamedTuple):
    """Along one path, at every pose that is looked at."""

    arc: np.ndarray
    """Along the path [m]. Shape (n,)."""
    gap: np.ndarray
    """Smallest distance of a link from the person, negative where they overlap [m]. Shape (n,)."""
    short: np.ndarray
    """How far the tool is out of reach [m]. Shape (n,)."""
    firm: np.ndarray
    """Distance from the nearest singularity, sine of an angle. Shape (n,)."""


def person_around(limb: Limb, inward: np.ndarray) -> Capsules:
    """The arm, and where trunk and head must be for it.

    Args:
        limb: the perceived arm, z up.
        inward: horizontal unit vector from the arm towards the person's midline. Shape (3,).
    """
    shoulder, elbow, wrist, fingertip = limb.joints
    upper, fore, hand = limb.radii
    hand_end = fingertip + hand * limb.direction_at(0.0)
    middle, up = shoulder + 0.19 * inward, np.array([0.0, 0.0, 1.0])
    rows = [
        [*shoulder, *elbow, upper],
        [*elbow, *wrist, fore],
        [*wrist, *hand_end, hand],
        [*(middle - 0.12 * up), *(middle - 0.5 * up), 0.12],
        [*(middle + 0.2 * up), *(middle + 0.25 * up), 0.1],
    ]
    return Capsules.from_rows(np.array(rows))


class Foresight:
    """Poses of a UR5e along a path, on the posture that it starts in."""

    def __init__(self, shape: RobotShape) -> None:
        """Take the capsules of the robot's links."""
        still = (shape.base_frame, 'shoulder_link')
        frames = {name: c for name, c in shape.links.items() if name not in still}
        self._frame = [k for k, c in frames.items() for _ in c.radius]
        self._start = np.concatenate([c.start for c in frames.values()])
        self._end = np.concatenate([c.end for c in frames.values()])
        self._radius = np.concatenate([c.radius for c in frames.values()])

    def look(
        self, paths: list[ToolPath], R_start: np.ndarray, branch: Branch, person: Capsules
    ) -> list[Outlook]:
        """Look along paths.

        Args:
            paths: of the tool.
            R_start: orientation of the tool at the start. Shape (3, 3).
            branch: posture of the robot.
            person: what must not be touched.
        """
        arcs, poses = zip(*(_poses(path, R_start) for path in paths), strict=True)
        T = np.concatenate(poses)
        motion = follow(T, branch)
        links = {**link_poses(motion.q), 'flange': T}
        gap = self._gaps(links, person)
        firm = np.minimum(np.abs(np.sin(motion.q[:, 4])), np.abs(np.sin(motion.q[:, 2])))
        cuts = np.cumsum([len(a) for a in arcs])[:-1]
        columns = (np.split(v, cuts) for v in (gap, motion.short, firm))
        return [Outlook(*row) for row in zip(arcs, *columns, strict=True)]

    def _gaps(self, links: dict[str, np.ndarray], person: Capsules) -> np.ndarray:
        T = np.stack([links[name] for name in self._frame], axis=1)  # (n, k, 4, 4)
        start = np.einsum('nkij,kj->nki', T[..., :3, :3], self._start) + T[..., :3, 3]
        end = np.einsum('nkij,kj->nki', T[..., :3, :3], self._end) + T[..., :3, 3]
        axes = segment_distance(start[:, :, None], end[:, :, None], person.start, person.end)
        return (axes - self._radius[:, None] - person.radius).min(axis=(1, 2))


def _poses(path: ToolPath, R_start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arcs along a path (n,) and the flange's poses there (n, 4, 4)."""
    line = Polyline(path.points)
    arcs = np.linspace(0.0, line.length, max(2, int(np.ceil(line.length / STEP)) + 1))
    turns = np.stack([np.interp(arcs, line.cumulative, v) for v in path.turns.T], axis=1)
    T = np.tile(np.eye(4), (len(arcs), 1, 1))
    T[:, :3, :3] = Rotation.from_rotvec(turns).as_matrix() @ R_start
    T[:, :3, 3] = line.points_at(arcs) - TOOL_OFFSET * T[:, :3, 2]
    return arcs, T
