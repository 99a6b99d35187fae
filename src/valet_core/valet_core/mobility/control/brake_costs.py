"""What it costs to hold a command for a moment and then to brake, compiled."""

# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN201

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.drive_model import advance, integrate
from valet_core.mobility.control.motion_costs import clearance
from valet_core.mobility.map.seen_area import unseen_points

__all__ = ['COLLISION', 'brake_costs']

COLLISION = 100.0
JITTER = 0.004  # m by which a predicted room may be below the present one
CREEP = 0.001  # m by which a motion that begins too near an obstacle may end nearer still


@njit(cache=True)
def brake_costs(
    p, pose, velocity, sway, keep, steer, commands, dt, hold, brake, field, origin, cell,
    centres, radius, hard, free, near_weight, seen, seen_origin, outline, out,
):  # fmt: skip
    """Cost of holding each command and then braking; COLLISION or more is a collision."""
    x, v, command = np.empty(3), np.empty(3), np.empty(3)
    c, s = math.cos(pose[2]), math.sin(pose[2])
    here = clearance(field, origin, cell, centres, radius, pose[0], pose[1], c, s)
    # A body that is already nearer must be able to leave, and not to creep nearer still.
    least, tight = min(hard, here - JITTER), here < hard
    # Nor may it creep, back or sideways, over ground that was never seen.
    most = unseen_points(seen, seen_origin, outline, pose[0], pose[1], c, s)
    for n in range(commands.shape[0]):
        x[:], v[:] = pose, velocity
        angle = steer
        cost, nearest, room, fade = 0.0, 9.0, here, 1.0
        moves = abs(commands[n, 0]) + abs(commands[n, 1]) + abs(commands[n, 2]) > 1e-6
        creeps = most > 0 and (commands[n, 0] < 0.0 or abs(commands[n, 1]) > 0.5 * commands[n, 0])
        unseen = most
        for t in range(hold + brake):
            if t < hold:
                command[:] = commands[n]
            else:
                command[:] = 0.0
                if abs(v[0]) + abs(v[1]) < 0.02:
                    break
            angle = advance(p, v, angle, command, dt)
            integrate(x, v[0] + fade * sway[0], v[1] + fade * sway[1], v[2] + fade * sway[2], dt)
            fade *= keep
            c, s = math.cos(x[2]), math.sin(x[2])
            room = clearance(field, origin, cell, centres, radius, x[0], x[1], c, s)
            nearest = min(nearest, room)
            if room < least:
                cost = 2.0 * COLLISION - t - COLLISION * min(max(room, -0.5), 0.0)
                break
            unseen = unseen_points(seen, seen_origin, outline, x[0], x[1], c, s)
            if unseen > most:
                cost = 1.5 * COLLISION - t
                break
        if creeps and cost == 0.0 and unseen >= most:
            cost = COLLISION
        if tight and moves and cost == 0.0 and room < here - CREEP:
            cost = COLLISION
        out[n] = cost + near_weight * max(1.0 - (nearest - hard) / free, 0.0) ** 2
