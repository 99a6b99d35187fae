"""What a path would do to the person and ask of the robot, before it is taken."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.path import ToolPath
from valet_core.dressing.control.person_around import Person
from valet_core.geometry.capsules import segment_distance
from valet_core.geometry.limb import Limb
from valet_core.geometry.polyline import Polyline
from valet_core.perception.robot_shape import RobotShape
from valet_core.safety.arm.separation_config import SeparationConfig
from valet_core.simulation.ur_motion import Branch, follow, link_poses

__all__ = ['Foresight', 'Outlook']

STEP = 0.03  # between the poses that are looked at [m]
TOOL_OFFSET = 0.1558  # from the flange to the tool [m]
TURN = 2.0 * np.pi  # to which a joint turns either way; the elbow never comes near its end [rad]


class Outlook(NamedTuple):
    """Along one path, at every pose that is looked at."""

    arc: np.ndarray
    """Along the path [m]. Shape (n,)."""
    gap: np.ndarray
    """Smallest distance of a link from the person beyond that at which the gate lets it come no
    nearer, negative where it would not go on [m]. Shape (n,)."""
    short: np.ndarray
    """How far the tool is out of reach [m]. Shape (n,)."""
    firm: np.ndarray
    """Distance from the nearest singularity, sine of an angle. Shape (n,)."""
    room: np.ndarray
    """Angle left to the nearest end of a joint [rad]. Shape (n,)."""


class Foresight:
    """Poses of a UR5e along a path, on the posture that it starts in."""

    def __init__(self, shape: RobotShape, kept: SeparationConfig | None = None) -> None:
        """Take the capsules of the robot's links.

        Args:
            shape: of the robot.
            kept: the distances that the gate keeps, those that ship by default.
        """
        still = (shape.base_frame, 'shoulder_link')
        frames = {name: c for name, c in shape.links.items() if name not in still}
        self._frame = [k for k, c in frames.items() for _ in c.radius]
        self._start = np.concatenate([c.start for c in frames.values()])
        self._end = np.concatenate([c.end for c in frames.values()])
        self._radius = np.concatenate([c.radius for c in frames.values()])
        self._kept = _kept(self._frame, kept or SeparationConfig())

    def look(
        self, paths: list[ToolPath], R_start: np.ndarray, branch: Branch, person: Person
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
        rooms = [_room(q) for q in np.split(motion.q, cuts)]
        return [Outlook(*row) for row in zip(arcs, *columns, rooms, strict=True)]

    def _gaps(self, links: dict[str, np.ndarray], person: Person) -> np.ndarray:
        T = np.stack([links[name] for name in self._frame], axis=1)  # (n, k, 4, 4)
        start = np.einsum('nkij,kj->nki', T[..., :3, :3], self._start) + T[..., :3, 3]
        end = np.einsum('nkij,kj->nki', T[..., :3, :3], self._end) + T[..., :3, 3]
        gaps = []
        for part, kept in zip(person, self._kept, strict=True):
            axes = segment_distance(start[:, :, None], end[:, :, None], part.start, part.end)
            gaps.append((axes - self._radius[:, None] - part.radius - kept).min(axis=(1, 2)))
        return np.minimum(*gaps)


def _kept(frames: list[str], config: SeparationConfig) -> tuple[np.ndarray, np.ndarray]:
    """Gaps at which the gate lets links come no nearer to the arm and to the body [m].

    The gate takes the arm for a little thicker than it is. Shapes (links, 3) and (links, 1).
    """
    link, body, gripper = (max(getattr(config, f'{k}_stop')) for k in ('link', 'body', 'gripper'))
    ours = np.array([frame in config.gripper for frame in frames])[:, None]
    thicker = np.array(config.arm_radii) - Limb.RADII
    return thicker + np.where(ours, gripper, link), np.where(ours, link, body)


def _room(q: np.ndarray) -> np.ndarray:
    """Angle left to the nearest end of a joint on a way (n, 6) that begins within half a turn."""
    way = np.unwrap(q, axis=0)
    way = way - 2.0 * np.pi * np.round(way[0] / (2.0 * np.pi))
    return TURN - np.abs(way).max(axis=1)


def _poses(path: ToolPath, R_start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arcs along a path (n,) and the flange's poses there (n, 4, 4)."""
    line = Polyline(path.points)
    arcs = np.linspace(0.0, line.length, max(2, int(np.ceil(line.length / STEP)) + 1))
    turns = np.stack([np.interp(arcs, line.cumulative, v) for v in path.turns.T], axis=1)
    T = np.tile(np.eye(4), (len(arcs), 1, 1))
    T[:, :3, :3] = Rotation.from_rotvec(turns).as_matrix() @ R_start
    T[:, :3, 3] = line.points_at(arcs) - TOOL_OFFSET * T[:, :3, 2]
    return arcs, T
