"""Procedural buildings: warehouse aisles, offices off a corridor, a hospital ward.

Passages are made for the body: each scene is as tight for a pallet truck as for a small robot.
"""

from collections.abc import Callable

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.drive_sampling import sample_tasks
from valet_core.mobility.sim.world import World, box_segments

__all__ = ['office', 'ward', 'warehouse']

TASKS, WALKS, ATTEMPTS = 8, 4, 20
THICKNESS = 0.1  # m of an inner wall: a scanner could not see the end of a thin one


class _Plan:
    """Obstacles as they are added."""

    def __init__(self) -> None:
        self.circles: list[np.ndarray] = []
        self.segments: list[np.ndarray] = []

    def box(self, x: float, y: float, length: float, width: float, yaw: float = 0.0) -> None:
        self.segments.append(box_segments(x, y, length, width, yaw))

    def wall(self, x1: float, y1: float, x2: float, y2: float) -> None:
        length, yaw = np.hypot(x2 - x1, y2 - y1), np.arctan2(y2 - y1, x2 - x1)
        self.box((x1 + x2) / 2.0, (y1 + y2) / 2.0, float(length), THICKNESS, float(yaw))

    def wall_with_door(self, x1: float, x2: float, y: float, door: float, width: float) -> None:
        """A wall along x with an opening centred at `door`."""
        self.wall(x1, y, door - width / 2.0, y)
        self.wall(door + width / 2.0, y, x2, y)

    def post(self, x: float, y: float, radius: float) -> None:
        self.circles.append(np.array([[x, y, radius]]))

    def world(self, name: str, kind: str) -> World:
        circles = np.concatenate(self.circles) if self.circles else np.zeros((0, 3))
        return World(name, circles, np.concatenate(self.segments), np.zeros((1, 3)),
                     np.zeros((1, 3)), kind=kind)  # fmt: skip


def _spot(
    rng: np.random.Generator, x0: float, y0: float, x1: float, y1: float
) -> tuple[float, float]:
    x, y = rng.uniform((x0, y0), (x1, y1))
    return float(x), float(y)


_Planner = Callable[[np.random.Generator, float], _Plan]


def warehouse(seed: int, embodiment: Embodiment) -> World:
    """Racks with aisles between them, pallets and posts in the way."""

    def plan(rng: np.random.Generator, clutter: float) -> _Plan:
        p = _Plan()
        aisle = max(1.5, 2.0 * embodiment.radius + 0.4) * rng.uniform(1.0, 1.3)
        depth, length, rows = rng.uniform(0.9, 1.2), rng.uniform(5.0, 8.0), 3
        height = rows * depth + (rows + 1) * aisle
        width = 2.0 * aisle + length
        p.box(width / 2.0, height / 2.0, width, height)
        for row in range(rows):
            y = aisle + depth / 2.0 + row * (aisle + depth)
            gap = rng.uniform(0.3, 0.7) * length if rng.random() < 0.5 else None
            if gap is None:
                p.box(width / 2.0, y, length, depth)
            else:
                left, right = gap - aisle / 2.0, length - gap - aisle / 2.0
                for start, part in ((aisle, left), (aisle + gap + aisle / 2.0, right)):
                    if part > 0.3:
                        p.box(start + part / 2.0, y, part, depth)
        for _ in range(rng.poisson(5.0 * clutter)):
            p.box(
                *_spot(rng, 0.5, 0.5, width - 0.5, height - 0.5),
                rng.uniform(0.3, 1.0),
                rng.uniform(0.3, 0.8),
                rng.uniform(0, np.pi),
            )
        for _ in range(rng.poisson(5.0 * clutter)):
            p.post(*_spot(rng, 0.3, 0.3, width - 0.3, height - 0.3), rng.uniform(0.05, 0.2))
        return p

    return _build('warehouse', seed, embodiment, plan)


def office(seed: int, embodiment: Embodiment) -> World:
    """Rooms with desks and chairs on both sides of a corridor, reached by doors."""

    def plan(rng: np.random.Generator, clutter: float) -> _Plan:
        p = _Plan()
        corridor = max(1.5, 2.0 * embodiment.radius + 0.4) * rng.uniform(1.0, 1.2)
        door = max(0.9, 2.0 * embodiment.half_width + 0.4) * rng.uniform(1.0, 1.15)
        deep = max(3.5, corridor + 2.0)
        widths = rng.uniform(1.0, 1.4, size=3) * max(3.0, corridor + 1.2)
        total, top = float(widths.sum()), 2.0 * deep + corridor
        p.box(total / 2.0, top / 2.0, total, top)
        x = 0.0
        for width in widths:
            for y0, y_door, y1 in ((0.0, deep, deep), (deep + corridor, deep + corridor, top)):
                p.wall(x, y0, x, y1)
                opening = x + rng.uniform(door / 2 + 0.2, width - door / 2 - 0.2)
                p.wall_with_door(x, x + width, y_door, opening, door)
                for _ in range(rng.poisson(2.0 * clutter)):
                    spot = _spot(rng, x + 0.4, y0 + 0.4, x + width - 0.4, y1 - 0.4)
                    p.box(
                        *spot,
                        rng.uniform(1.0, 1.6),
                        rng.uniform(0.6, 0.8),
                        rng.choice([0.0, np.pi / 2]),
                    )
                for _ in range(rng.poisson(1.5 * clutter)):
                    p.post(*_spot(rng, x + 0.4, y0 + 0.4, x + width - 0.4, y1 - 0.4), 0.25)
            x += width
        for _ in range(rng.poisson(1.5 * clutter)):
            p.post(rng.uniform(0.5, total - 0.5), deep + rng.uniform(0, corridor), 0.15)
        return p

    return _build('office', seed, embodiment, plan)


def ward(seed: int, embodiment: Embodiment) -> World:
    """Beds along both walls of bays off a corridor, with tables, stands and screens."""

    def plan(rng: np.random.Generator, clutter: float) -> _Plan:
        p = _Plan()
        aisle = max(1.5, 2.0 * embodiment.radius + 0.4) * rng.uniform(1.0, 1.25)
        bed_length, bed_width = 2.1, 0.95
        between = max(0.9, 2.0 * embodiment.half_width + 0.5) * rng.uniform(1.0, 1.3)
        beds = 4
        width = beds * (bed_width + between) + between
        height = 2.0 * bed_length + aisle + 0.2
        corridor = aisle
        door = max(1.1, 2.0 * embodiment.half_width + 0.5)
        p.box(width / 2.0, (height + corridor) / 2.0, width, height + corridor)
        p.wall_with_door(0.0, width, height, rng.uniform(0.25, 0.75) * width, door)
        for side in (0, 1):
            for k in range(beds):
                x = between + bed_width / 2.0 + k * (bed_width + between) + rng.normal(0, 0.05)
                if side == 1 and abs(x - width / 2.0) < 0.3 * width:
                    continue  # the door opens there
                y = 0.1 + bed_length / 2.0 if side == 0 else height - 0.1 - bed_length / 2.0
                p.box(x, y, bed_width, bed_length, rng.normal(0, 0.05))
                if rng.random() < 0.6 * clutter:
                    p.box(x + bed_width / 2.0 + 0.25, 0.3 if side == 0 else height - 0.3, 0.4, 0.4)
                if rng.random() < 0.6 * clutter:
                    p.post(x - bed_width / 2.0 - 0.2, y + rng.uniform(-0.9, 0.9), 0.12)
        for _ in range(rng.poisson(3.0 * clutter)):
            p.post(*_spot(rng, 0.5, 0.5, width - 0.5, height + corridor - 0.5), 0.2)
        for _ in range(rng.poisson(1.0 * clutter)):
            x, y = _spot(rng, 0.5, height, width - 1.0, height + corridor)
            p.box(x, y, 0.9, 0.5, rng.normal(0, 0.2))
        return p

    return _build('ward', seed, embodiment, plan)


def _build(kind: str, seed: int, embodiment: Embodiment, plan: _Planner) -> World:
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng((seed, attempt, sum(kind.encode())))
        clutter = 1.0 - 0.8 * attempt / ATTEMPTS
        empty = plan(rng, clutter).world(f'{kind}-{seed}', kind)
        world = sample_tasks(empty, embodiment, rng, TASKS, WALKS)
        if world is not None:
            return world
    raise InvalidInputError(
        f'scene {kind!r}: no passable world for embodiment {embodiment.name!r} in {ATTEMPTS} '
        f'attempts with seed {seed}'
    )
