"""A planar world: circles, segments, and the drives to make in it."""

import dataclasses

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['World', 'WorldBank', 'box_segments']


def box_segments(x: float, y: float, length: float, width: float, yaw: float = 0.0) -> np.ndarray:
    """Sides of a box centred at x, y [m], shape (4, 4): x1, y1, x2, y2."""
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * (length / 2.0, width / 2.0)
    c, s = np.cos(yaw), np.sin(yaw)
    corners = corners @ np.array([[c, s], [-s, c]]) + (x, y)
    return np.concatenate([corners, np.roll(corners, -1, axis=0)], axis=1)


@dataclasses.dataclass(frozen=True, eq=False)
class World:
    """Obstacles and tasks in one world frame. Arrays are stored read-only.

    Attributes:
        name: of the world.
        circles: (K, 3) x, y, radius [m].
        segments: (S, 4) x1, y1, x2, y2 [m].
        starts: (T, 3) x, y [m], yaw [rad] of each task.
        goals: (T, 3) of each task; NaN yaw where any heading will do.
        routes: one polyline (P, 2) a task [m], or an empty tuple.
        walks: (P, 2, 2) the ends between which people walk [m].
        kind: of scene.
    """

    name: str
    circles: np.ndarray
    segments: np.ndarray
    starts: np.ndarray
    goals: np.ndarray
    routes: tuple[np.ndarray, ...] = ()
    walks: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros((0, 2, 2)))
    kind: str = ''

    def __post_init__(self) -> None:
        for name, width in (('circles', 3), ('segments', 4), ('starts', 3), ('goals', 3)):
            array = np.array(getattr(self, name), dtype=np.float64).reshape(-1, width)
            if name != 'goals' and not np.isfinite(array).all():
                raise InvalidInputError(f'world {self.name}: {name} holds a non-finite number')
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if len(self.starts) != len(self.goals) or len(self.starts) == 0:
            raise InvalidInputError(
                f'world {self.name}: received {len(self.starts)} starts and {len(self.goals)} '
                'goals; allowed: as many goals as starts, at least one'
            )
        if self.routes and len(self.routes) != len(self.starts):
            raise InvalidInputError(
                f'world {self.name}: received {len(self.routes)} routes for '
                f'{len(self.starts)} tasks; allowed: none, or one a task'
            )

    @property
    def bounds(self) -> np.ndarray:
        """Smallest box around everything: x, y low and high; shape (2, 2) [m]."""
        points = [self.starts[:, :2], self.goals[:, :2]]
        points += [self.segments[:, :2], self.segments[:, 2:]]
        points += [self.circles[:, :2] - self.circles[:, 2:], self.circles[:, :2]]
        points += [self.circles[:, :2] + self.circles[:, 2:]]
        every = np.concatenate(points)
        return np.stack([every.min(axis=0), every.max(axis=0)])


class WorldBank:
    """Worlds packed end to end, as the simulator's kernels read them.

    Attributes:
        worlds: the worlds.
        circles: (sum K, 3); those of world i are circle_start[i] : circle_start[i + 1].
        segments: (sum S, 4); likewise.
    """

    def __init__(self, worlds: list[World]) -> None:
        if not worlds:
            raise InvalidInputError('received no worlds; allowed: at least one')
        self.worlds = list(worlds)
        self.circles = np.concatenate([w.circles for w in worlds])
        self.segments = np.concatenate([w.segments for w in worlds])
        self.circle_start = np.cumsum([0] + [len(w.circles) for w in worlds])
        self.segment_start = np.cumsum([0] + [len(w.segments) for w in worlds])
        self.people = max(len(w.walks) for w in worlds)

    def __len__(self) -> int:
        return len(self.worlds)
