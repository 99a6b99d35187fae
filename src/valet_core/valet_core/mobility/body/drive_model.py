"""How a base moves under a velocity command: limits, lag, steering, integration."""

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['DriveModel', 'advance', 'integrate']

# Layout of DriveModel.parameters, read by the kernels.
FORWARD, BACKWARD, LATERAL, YAW, ACC, ACC_LATERAL, ACC_YAW, LAG, WHEELBASE, STEER, STEER_RATE = (
    range(11)
)


class DriveModel:
    """An embodiment's limits as the array that the kernels read."""

    def __init__(self, embodiment: Embodiment) -> None:
        limits, steering = embodiment.limits, embodiment.steering
        self.parameters = np.array(
            [
                limits.forward, limits.backward, limits.lateral, limits.yaw_rate,
                limits.acceleration, limits.lateral_acceleration, limits.yaw_acceleration,
                embodiment.actuation.time_constant, steering.wheelbase, steering.max_angle,
                steering.rate,
            ]
        )  # fmt: skip
        self.parameters.flags.writeable = False


@njit(cache=True)
def _approach(value: float, target: float, lag: float, limit: float, dt: float) -> float:
    change = target - value
    if lag > 0.0:
        change *= 1.0 - math.exp(-dt / lag)
    return value + min(max(change, -limit * dt), limit * dt)


@njit(cache=True)
def advance(
    p: np.ndarray, velocity: np.ndarray, steer: float, command: np.ndarray, dt: float
) -> float:
    """One step of the velocity under a command.

    Args:
        p: parameters of a DriveModel.
        velocity: (3,) vx, vy [m/s], yaw rate [rad/s], changed in place.
        steer: steering angle [rad].
        command: (3,) wanted velocity.
        dt: step [s].

    Returns:
        The new steering angle [rad].
    """
    vx = min(max(command[0], -p[BACKWARD]), p[FORWARD])
    vy = min(max(command[1], -p[LATERAL]), p[LATERAL])
    wz = min(max(command[2], -p[YAW]), p[YAW])
    velocity[0] = _approach(velocity[0], vx, p[LAG], p[ACC], dt)
    velocity[1] = _approach(velocity[1], vy, p[LAG], p[ACC_LATERAL], dt)
    if p[WHEELBASE] <= 0.0:
        velocity[2] = _approach(velocity[2], wz, p[LAG], p[ACC_YAW], dt)
        return 0.0
    if abs(vx) > 1e-3:  # standing still the wheels stay where they are
        wanted = math.atan(p[WHEELBASE] * wz / vx)
        wanted = min(max(wanted, -p[STEER]), p[STEER])
        steer = _approach(steer, wanted, 0.0, p[STEER_RATE], dt)
    velocity[2] = velocity[0] * math.tan(steer) / p[WHEELBASE]
    return steer


@njit(cache=True)
def integrate(pose: np.ndarray, vx: float, vy: float, wz: float, dt: float) -> None:
    """Move a pose (3,) in place along the arc of a constant body velocity."""
    turn = wz * dt
    if abs(turn) < 1e-6:
        a, b = dt, 0.5 * turn * dt
    else:
        a, b = math.sin(turn) / wz, (1.0 - math.cos(turn)) / wz
    dx, dy = a * vx - b * vy, b * vx + a * vy
    c, s = math.cos(pose[2]), math.sin(pose[2])
    pose[0] += c * dx - s * dy
    pose[1] += s * dx + c * dy
    pose[2] += turn
