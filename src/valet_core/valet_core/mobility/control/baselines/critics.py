"""What the baselines weigh of a predicted motion."""

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.drive_model import advance, integrate
from valet_core.mobility.control.motion_costs import clearance

__all__ = ['CRITICS', 'motion_features']

CRITICS = ('collision', 'nearness', 'path', 'path_end', 'target', 'heading', 'reverse', 'turning')


@njit(cache=True)
def motion_features(
    p: np.ndarray,
    pose: np.ndarray,
    velocity: np.ndarray,
    steer: float,
    motions: np.ndarray,
    dt: float,
    field: np.ndarray,
    origin: np.ndarray,
    cell: float,
    centres: np.ndarray,
    radius: float,
    hard: float,
    free: float,
    path: np.ndarray,
    target: np.ndarray,
    out: np.ndarray,
) -> None:
    """Features of each motion, in the order of CRITICS.

    Args:
        p: parameters of a DriveModel.
        pose: (3,) at the start.
        velocity: (3,) at the start.
        steer: steering angle at the start [rad].
        motions: (N, T, 3) velocity commands.
        dt: step [s].
        field: (X, Y) distance to obstacles [m].
        origin: (2,) of the field [m].
        cell: of the field [m].
        centres: (C, 2) of the discs that cover the body [m].
        radius: of the discs [m].
        hard: room below which it is a collision [m].
        free: room beyond it from which obstacles do not matter [m].
        path: (P, 2) to follow [m].
        target: (2,) point of the path to make for [m].
        out: (N, 8), written here: share of the motion after a collision; mean squared nearness;
            mean distance from the path; distance of its end from the path; distance of its end
            from the target; angle between its last heading and the target [rad]; mean reverse
            speed; mean squared yaw rate.
    """
    x, v = np.empty(3), np.empty(3)
    count = motions.shape[1]
    for n in range(motions.shape[0]):
        x[:], v[:] = pose, velocity
        angle = steer
        out[n, :] = 0.0
        off = 0.0
        for t in range(count):
            angle = advance(p, v, angle, motions[n, t], dt)
            integrate(x, v[0], v[1], v[2], dt)
            c, s = math.cos(x[2]), math.sin(x[2])
            room = clearance(field, origin, cell, centres, radius, x[0], x[1], c, s)
            if room < hard:
                out[n, 0] = 1.0 + (count - t) / count
                break
            near = max(1.0 - (room - hard) / free, 0.0)
            out[n, 1] += near * near / count
            least = 1e9
            for k in range(path.shape[0]):
                dx, dy = path[k, 0] - x[0], path[k, 1] - x[1]
                least = min(least, dx * dx + dy * dy)
            off = math.sqrt(least)
            out[n, 2] += off / count
            out[n, 6] += max(-v[0], 0.0) / count
            out[n, 7] += v[2] * v[2] / count
        dx, dy = target[0] - x[0], target[1] - x[1]
        distance = math.hypot(dx, dy)
        out[n, 3], out[n, 4] = off, distance
        if distance > 0.1:
            turn = math.atan2(dy, dx) - x[2]
            out[n, 5] = abs(turn - 2.0 * math.pi * math.floor(turn / (2.0 * math.pi) + 0.5))
