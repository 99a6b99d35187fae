"""Costs of many motions of a body, predicted with its own drive model over a local map."""

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.drive_model import advance, integrate
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.wavefront import sample

__all__ = ['Discs', 'clearance', 'off_course', 'rollout_costs', 'simulate']

COLLISION = 1000.0
NO_WAY = 200.0  # m; what a cell without a way counts for


class Discs:
    """Discs along a body's longer axis that cover its bounding box.

    Attributes:
        centres: (C, 2) in the base frame [m].
        radius: of each [m].
    """

    def __init__(self, embodiment: Embodiment) -> None:
        low, high = embodiment.polygon.min(axis=0), embodiment.polygon.max(axis=0)
        size = high - low
        major = int(np.argmax(size))
        count = max(1, math.ceil(4.0 * size[major] / size[1 - major]))
        middles = low[major] + size[major] * (np.arange(count) + 0.5) / count
        self.centres = np.full((count, 2), (low + high) / 2.0)
        self.centres[:, major] = middles
        self.radius = float(np.hypot(size[major] / (2 * count), size[1 - major] / 2.0))


@njit(cache=True)
def simulate(
    p: np.ndarray,
    pose: np.ndarray,
    velocity: np.ndarray,
    steer: float,
    commands: np.ndarray,
    dt: float,
) -> float:
    """Drive through commands (T, 3), changing pose (3,) and velocity (3,); returns steering."""
    for t in range(commands.shape[0]):
        steer = advance(p, velocity, steer, commands[t], dt)
        integrate(pose, velocity[0], velocity[1], velocity[2], dt)
    return steer


@njit(cache=True)
def clearance(
    field: np.ndarray,
    origin: np.ndarray,
    cell: float,
    centres: np.ndarray,
    radius: float,
    x: float,
    y: float,
    c: float,
    s: float,
) -> float:
    """Smallest room around the body's discs [m]; a lot beyond the field."""
    least = 9.0
    for k in range(centres.shape[0]):
        u = (x + c * centres[k, 0] - s * centres[k, 1] - origin[0]) / cell
        v = (y + s * centres[k, 0] + c * centres[k, 1] - origin[1]) / cell
        i, j = int(u), int(v)
        if u < 0.0 or v < 0.0 or i + 1 >= field.shape[0] or j + 1 >= field.shape[1]:
            continue
        f, g = u - i, v - j
        value = (1.0 - f) * ((1.0 - g) * field[i, j] + g * field[i, j + 1])
        value += f * ((1.0 - g) * field[i + 1, j] + g * field[i + 1, j + 1]) - radius
        if value < least:
            least = value
    return least


@njit(cache=True)
def rollout_costs(
    p: np.ndarray,
    pose: np.ndarray,
    velocity: np.ndarray,
    steer: float,
    knots: np.ndarray,
    dt: float,
    steps: int,
    field: np.ndarray,
    field_origin: np.ndarray,
    field_cell: float,
    centres: np.ndarray,
    radius: float,
    cost: np.ndarray,
    cost_origin: np.ndarray,
    cost_cell: float,
    weights: np.ndarray,
    out: np.ndarray,
) -> None:
    """Cost of each motion; lower is better. Only the lowest is sure to be complete.

    Args:
        p: parameters of a DriveModel.
        pose: (3,) at the start.
        velocity: (3,) at the start.
        steer: steering angle at the start [rad].
        knots: (N, K, 3) velocities at K even times; linear between.
        dt: step [s].
        steps: of the prediction.
        field: (X, Y) distance to obstacles [m].
        field_origin: (2,) of it [m].
        field_cell: of it [m].
        centres: (C, 2) of the discs that cover the body [m].
        radius: of the discs [m].
        cost: (U, V) cost to go [m].
        cost_origin: (2,) of it [m].
        cost_cell: of it [m].
        weights: (7,) room below which it is a collision [m], room from which it is free [m],
            weight of nearness, of nearness by speed, of turning, of reversing, of the heading.
        out: (N,) costs, written here.
    """
    x, v, command = np.empty(3), np.empty(3), np.empty(3)
    last = knots.shape[1] - 1
    bound = np.inf
    hard, free, near_weight, speed_weight, turn_weight, back_weight, head_weight = weights
    for n in range(knots.shape[0]):
        x[:], v[:] = pose, velocity
        angle = steer
        total, way = 0.0, 0.0
        for t in range(steps):
            at = last * (t + 1) / steps
            k = min(int(at), last - 1)
            f = at - k
            for a in range(3):
                command[a] = (1.0 - f) * knots[n, k, a] + f * knots[n, k + 1, a]
            angle = advance(p, v, angle, command, dt)
            integrate(x, v[0], v[1], v[2], dt)
            c, s = math.cos(x[2]), math.sin(x[2])
            room = clearance(field, field_origin, field_cell, centres, radius, x[0], x[1], c, s)
            if room < hard:
                total += COLLISION * (2.0 - t / steps)
                break
            speed = abs(v[0]) + abs(v[1])
            near = max(1.0 - (room - hard) / free, 0.0)
            total += dt * near * near * (near_weight + speed_weight * speed * speed)
            total += dt * (turn_weight * v[2] * v[2] + back_weight * max(-v[0], 0.0))
            way = sample(cost, (x[0] - cost_origin[0]) / cost_cell,
                         (x[1] - cost_origin[1]) / cost_cell)  # fmt: skip
            total += min(way, NO_WAY) / steps
            if total > bound:  # it only grows: this one will not be the best
                break
        total += min(way, NO_WAY)
        if head_weight > 0.0:
            total += head_weight * off_course(x, cost, cost_origin, cost_cell)
        out[n] = total
        bound = min(bound, total)


@njit(cache=True)
def off_course(x: np.ndarray, cost: np.ndarray, origin: np.ndarray, cell: float) -> float:
    """How far the heading is from the way downhill, 0 (along it) to 1 (against it)."""
    u, v = (x[0] - origin[0]) / cell, (x[1] - origin[1]) / cell
    gx = sample(cost, u + 2.0, v) - sample(cost, u - 2.0, v)
    gy = sample(cost, u, v + 2.0) - sample(cost, u, v - 2.0)
    norm = math.hypot(gx, gy)
    if not (norm > 0.2 * cell and norm < np.inf):
        return 0.0
    return 0.5 + 0.5 * (gx * math.cos(x[2]) + gy * math.sin(x[2])) / norm
