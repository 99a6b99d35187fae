"""Search for a way out of a tight place, with heading, reversing and the body's own turns.

The cost-to-go that policies follow knows no heading: it leads a truck round a corner that it
cannot take, and anything into a gap that only a disc fits through. This search drives the whole
outline, over a lattice of poses near the base, to where the way is free again.
"""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.lattice_search import HEADINGS, search_lattice
from valet_core.mobility.control.motion_costs import Discs
from valet_core.mobility.map.local_map import LocalMap, distance_field
from valet_core.mobility.map.seen_area import SeenArea
from valet_core.mobility.map.wavefront import CostField

__all__ = ['Leg', 'ManeuverSearch', 'Maneuver']


class Leg(NamedTuple):
    """One velocity (3,) held over `length`, in m, or in rad for a turn on the spot."""

    command: np.ndarray
    length: float


class Maneuver(NamedTuple):
    """Legs to drive, whether they lead to free ground, and the place that they lead to (2,)."""

    legs: list[Leg]
    found: bool
    end: np.ndarray


@dataclasses.dataclass
class _Lattice:
    """Working memory of the search; what carries another `stamp` is of an earlier search."""

    stamp: np.ndarray
    cost: np.ndarray
    pose: np.ndarray
    parent: np.ndarray
    motion: np.ndarray


class ManeuverSearch:
    """Finds maneuvers of one body."""

    def __init__(self, embodiment: Embodiment) -> None:
        """Prepare the body's motions and the lattice."""
        self._discs = Discs(embodiment)
        self._motions, self._times = _motions(embodiment)
        self._gain = max(1.0, 1.2 * embodiment.radius)
        self._reach = max(2.5, 3.0 * embodiment.radius)
        self._cell = 0.1 if embodiment.radius < 1.0 else 0.15
        side = 2 * math.ceil(self._reach / self._cell) + 1
        count = side * side * HEADINGS
        self._side, self._number = side, 0
        self._lattice = _Lattice(
            np.zeros(count, np.int32), np.zeros(count, np.float32), np.zeros((count, 3)),
            np.zeros(count, np.int32), np.zeros(count, np.int8),
        )  # fmt: skip

    def find(
        self, pose: np.ndarray, local_map: LocalMap, seen: SeenArea, field: CostField, hard: float
    ) -> Maneuver:
        """The cheapest maneuver to free ground farther along the way.

        Args:
            pose: (3,) in the odometry frame.
            local_map: obstacles.
            seen: ground that the scans have shown.
            field: cost to go.
            hard: room that counts as a collision [m].

        Returns:
            The maneuver; where nothing leads to free ground, the one that gets nearest to it.
        """
        span = self._reach + self._discs.radius + float(np.abs(self._discs.centres).max()) + 0.3
        evidence, origin = local_map.window(pose[:2] - span, pose[:2] + span)
        distance = distance_field(evidence, local_map.cell, self._discs.radius + 0.3)
        self._number += 1
        memory = self._lattice
        end, found = search_lattice(
            np.asarray(pose, dtype=np.float64), self._motions, self._times, self._cell,
            self._side, self._number, memory.stamp, memory.cost, memory.pose, memory.parent,
            memory.motion, distance, origin, local_map.cell, self._discs.centres,
            self._discs.radius, hard, seen.grid, seen.origin, seen.outline, field.cost,
            field.price, field.origin, field.cell, self._gain,
        )  # fmt: skip
        return Maneuver(self._legs(end), bool(found), memory.pose[end, :2].copy())

    def _legs(self, node: int) -> list[Leg]:
        chosen: list[int] = []
        while self._lattice.parent[node] >= 0:
            chosen.append(int(self._lattice.motion[node]))
            node = int(self._lattice.parent[node])
        legs: list[Leg] = []
        before = -1
        for index in reversed(chosen):
            command = self._motions[index]
            speed = float(np.hypot(command[0], command[1])) or abs(float(command[2]))
            length = speed * float(self._times[index])
            if index == before:
                legs[-1] = Leg(command, legs[-1].length + length)
            else:
                legs.append(Leg(command, length))
            before = index
        return legs


def _motions(embodiment: Embodiment) -> tuple[np.ndarray, np.ndarray]:
    """Velocities (M, 3) and how long each is held (M,) [s]."""
    limits, steering = embodiment.limits, embodiment.steering
    ahead = min(0.5, 0.5 * limits.forward)
    back = -min(ahead, limits.backward)
    rows: list[tuple[float, float, float, float]] = []
    if embodiment.drive == 'ackermann':
        for speed in (ahead, back):
            for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
                turn = speed * math.tan(share * steering.max_angle) / steering.wheelbase
                rows.append((speed, 0.0, turn, 0.3 / abs(speed)))
        return _split(rows)
    length, spin = 0.2, min(0.6, 0.5 * limits.yaw_rate)
    for speed in (ahead, back):
        if speed:
            turn = min(speed * 2.0, spin, key=abs)  # an arc of half a metre
            rows += [(speed, 0.0, k * abs(turn), length / abs(speed)) for k in (-1.0, 0.0, 1.0)]
    step = 2.0 * math.pi / HEADINGS
    rows += [(0.0, 0.0, spin, step / spin), (0.0, 0.0, -spin, step / spin)]
    if embodiment.holonomic:
        side = min(0.3, limits.lateral)
        rows += [(0.0, side, 0.0, length / side), (0.0, -side, 0.0, length / side)]
    return _split(rows)


def _split(rows: list[tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(rows)
    return np.ascontiguousarray(table[:, :3]), np.ascontiguousarray(table[:, 3])
