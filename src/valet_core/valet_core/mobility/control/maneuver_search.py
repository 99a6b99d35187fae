"""Search for a way out of a tight place, with heading, reversing and the body's own turns.

The cost-to-go that policies follow knows no heading: it leads a truck round a corner that it
cannot take, and anything into a gap that only a disc fits through. This search drives the whole
outline, over a lattice of poses near the base, to where the way is free again.
"""

# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import dataclasses
import heapq
import math
from typing import NamedTuple

import numpy as np
from numba import njit

from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.motion_costs import Discs, clearance, off_course
from valet_core.mobility.map.local_map import LocalMap, distance_field
from valet_core.mobility.map.seen_area import SeenArea, unseen_points
from valet_core.mobility.map.wavefront import CostField, sample

__all__ = ['Leg', 'ManeuverSearch', 'Maneuver']

HEADINGS = 24
EXPANSIONS = 2500  # poses looked at before it gives up
SUBSTEPS = 3  # of a motion, where the outline is checked
FREE_ROOM = 0.10  # m beyond which nearness costs nothing
FREE_PRICE = 6.0  # of a metre, up to which the way counts as free again
BACKING = 0.3  # extra cost of a metre backward
SWITCH = 0.3  # m that a change between forward and backward counts for
TURNING = 0.25  # m that a radian counts for
ALONG = 0.3  # share off course up to which it faces the way


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
        end, found = _search(
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


@njit(cache=True)
def _node(x, y, yaw, start, cell, side):
    i = int(math.floor((x - start[0]) / cell + 0.5)) + side // 2
    j = int(math.floor((y - start[1]) / cell + 0.5)) + side // 2
    if i < 0 or j < 0 or i >= side or j >= side:
        return -1
    turns = (yaw - start[2]) / (2.0 * math.pi)
    k = int(math.floor((turns - math.floor(turns)) * HEADINGS + 0.5)) % HEADINGS
    return (i * side + j) * HEADINGS + k


@njit(cache=True)
def _search(
    start, motions, times, lattice_cell, side, number, stamp, best, poses, parent, motion,
    distance, origin, cell, centres, radius, hard, seen, seen_origin, outline, field, price,
    field_origin, field_cell, gain,
):  # fmt: skip
    """Weighted A*; returns the end's node and whether it is free ground along the way."""
    c, s = math.cos(start[2]), math.sin(start[2])
    here = clearance(distance, origin, cell, centres, radius, start[0], start[1], c, s)
    least = min(hard, here - 0.002)
    unseen = unseen_points(seen, seen_origin, outline, start[0], start[1], c, s)
    way = _way(start, field, field_origin, field_cell)
    target, far_target = max(way - gain, 0.0), max(way - 3.0 * gain, 0.0)
    root = _node(start[0], start[1], start[2], start, lattice_cell, side)
    stamp[root], best[root], parent[root], motion[root] = number, 0.0, -1, -1
    poses[root] = start
    queue = [(way, 0.0, root)]
    nearest, nearest_worth = root, way
    x = np.empty(3)
    for _ in range(EXPANSIONS):
        if len(queue) == 0:
            break
        _, gone, node = heapq.heappop(queue)
        if gone > best[node] + 1e-4:
            continue  # a cheaper way there was found since
        pose, last = poses[node].copy(), motion[node]
        way = _way(pose, field, field_origin, field_cell)
        if node != root and _is_free(
            pose, way, target, far_target, field, price, field_origin, field_cell
        ):
            return node, True
        if way + 0.3 * gone < nearest_worth - 1e-6:
            nearest, nearest_worth = node, way + 0.3 * gone
        for m in range(motions.shape[0]):
            x[:] = pose
            room = _drive(
                x, motions[m], times[m] / SUBSTEPS, distance, origin, cell, centres, radius,
                least, seen, seen_origin, outline, unseen,
            )  # fmt: skip
            if room < least:
                continue
            index = _node(x[0], x[1], x[2], start, lattice_cell, side)
            if index < 0 or index == node:
                continue
            cost = gone + _price(motions[m], times[m], room, hard)
            if last >= 0 and motions[last, 0] * motions[m, 0] < 0.0:
                cost += SWITCH
            if stamp[index] == number and cost >= best[index] - 1e-6:
                continue
            stamp[index], best[index], parent[index], motion[index] = number, cost, node, m
            poses[index] = x
            ahead = _way(x, field, field_origin, field_cell)
            heapq.heappush(queue, (cost + ahead, cost, index))
    return nearest, False


@njit(cache=True)
def _way(pose, field, origin, cell):
    value = sample(field, (pose[0] - origin[0]) / cell, (pose[1] - origin[1]) / cell)
    return min(value, 500.0)


@njit(cache=True)
def _is_free(pose, way, target, far_target, field, price, origin, cell):
    if way > target or way >= 500.0:
        return False
    if way <= 0.3:
        return True
    if off_course(pose, field, origin, cell) > ALONG:
        return False
    i = int((pose[0] - origin[0]) / cell + 0.5)
    j = int((pose[1] - origin[1]) / cell + 0.5)
    inside = 0 <= i < price.shape[0] and 0 <= j < price.shape[1]
    return way <= far_target or not inside or price[i, j] < FREE_PRICE


@njit(cache=True)
def _drive(
    x, velocity, dt, distance, origin, cell, centres, radius, least, seen, seen_origin, outline,
    unseen,
):  # fmt: skip
    """Move a pose (3,) and return the smallest room on the way; -9 over unseen ground.

    Ground ahead will have been seen by the time that the body gets there.
    """
    smallest = 9.0
    for _ in range(SUBSTEPS):
        integrate(x, velocity[0], velocity[1], velocity[2], dt)
        c, s = math.cos(x[2]), math.sin(x[2])
        room = clearance(distance, origin, cell, centres, radius, x[0], x[1], c, s)
        smallest = min(smallest, room)
        if room < least:
            return smallest
        if velocity[0] > 0.0:
            continue
        if unseen_points(seen, seen_origin, outline, x[0], x[1], c, s) > unseen:
            return -9.0
    return smallest


@njit(cache=True)
def _price(velocity, time, room, hard):
    length = math.hypot(velocity[0], velocity[1]) * time
    cost = length * (1.0 + (BACKING if velocity[0] < 0.0 else 0.0))
    near = max(1.0 - (room - hard) / FREE_ROOM, 0.0)
    return cost + TURNING * abs(velocity[2]) * time + 0.3 * near * near * (length + 0.05)
