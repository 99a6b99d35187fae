"""The search over a lattice of poses that finds maneuvers, compiled."""

# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN201, ANN202

import heapq
import math

import numpy as np
from numba import njit

from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.control.motion_costs import clearance, off_course
from valet_core.mobility.map.seen_area import unseen_points
from valet_core.mobility.map.wavefront import sample

__all__ = ['HEADINGS', 'search_lattice']

HEADINGS = 24
EXPANSIONS = 2500  # poses looked at before it gives up
SUBSTEPS = 3  # of a motion, where the outline is checked
FREE_ROOM = 0.10  # m beyond which nearness costs nothing
FREE_PRICE = 6.0  # of a metre, up to which the way counts as free again
BACKING = 0.3  # extra cost of a metre backward
SWITCH = 0.3  # m that a change between forward and backward counts for
TURNING = 0.25  # m that a radian counts for
ALONG = 0.3  # share off course up to which it faces the way


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
def search_lattice(
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
