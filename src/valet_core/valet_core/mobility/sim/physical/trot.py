"""A trot that tracks a velocity: diagonal legs swing in turn, and the body is held level."""

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.physique import Legs

__all__ = ['LEGS', 'Trot', 'leg_angles']

LEGS = ('FL', 'FR', 'RL', 'RR')
SIDE = np.array([1.0, -1.0, 1.0, -1.0])
FRONT = np.array([1.0, 1.0, -1.0, -1.0])
PHASE = np.array([0.0, 0.5, 0.5, 0.0])  # FL and RR together, FR and RL together
FEEDFORWARD = np.array([1.2, 1.2, 1.0])  # a foot slips and gives way: it has to sweep further
INTEGRAL = 1.2  # 1/s, makes up for what is left of the error
INTEGRAL_TOP = 0.3  # m/s, rad/s
PLACEMENT = 0.03  # s, the swinging foot lands further out by this times the velocity error
LEVEL = 0.6  # feet's correction of height, of that which would level the body at once


@njit(cache=True)
def leg_angles(x, y, z, offset, thigh, calf):  # noqa: ANN001, ANN201
    """Angles of abduction, hip and knee that put a foot somewhere [rad].

    Args:
        x: of the foot ahead of the abduction joint, in the trunk's axes [m].
        y: to the left of it [m].
        z: above it [m].
        offset: of the thigh to the left of the abduction joint [m].
        thigh: its length [m].
        calf: its length [m].
    """
    down = math.sqrt(max(y * y + z * z - offset * offset, 1e-6))
    abduction = math.atan2(y, -z) - math.atan2(offset, down)
    far = min(math.hypot(x, down), thigh + calf - 1e-3)
    cosine = (thigh * thigh + calf * calf - far * far) / (2.0 * thigh * calf)
    knee = math.pi - math.acos(min(max(cosine, -1.0), 1.0))
    cosine = (thigh * thigh + far * far - calf * calf) / (2.0 * thigh * far)
    hip = math.atan2(-x, down) + math.acos(min(max(cosine, -1.0), 1.0))
    return abduction, hip, -knee


@njit(cache=True)
def _targets(out, phases, sweep, place, lean, stand, lift, offset, thigh, calf):  # noqa: ANN001, ANN202
    """Joint angles (4, 3) of all legs into `out`.

    Feet that are down go straight back along `sweep` (4, 2), others swing forward, to land
    `place` (2,) further out; `lean` (4,) corrects the height of those that are down.
    """
    for i in range(4):
        part = phases[i] % 1.0
        if part < 0.5:
            along = 1.0 - 4.0 * part
            x, y, z = along * sweep[i, 0], along * sweep[i, 1], lean[i] - stand
        else:
            u = 2.0 * part - 1.0
            along = -math.cos(math.pi * u)
            x, y = along * sweep[i, 0] + place[0], along * sweep[i, 1] + place[1]
            z = lift * math.sin(math.pi * u) - stand
        side = offset[i]
        out[i, 0], out[i, 1], out[i, 2] = leg_angles(x, side + y, z, side, thigh, calf)


class Trot:
    """Joint angles of four legs over time; feedback from the trunk's attitude and velocity."""

    def __init__(self, legs: Legs) -> None:
        """Start standing."""
        self.legs = legs
        self._hip_x = legs.hip_x * FRONT
        self._hip_y = (legs.hip_y + legs.offset) * SIDE
        self._lengths = (legs.stand, legs.lift, legs.offset * SIDE, legs.thigh, legs.calf)
        self._angles = np.zeros((4, 3))
        self.reset()

    def reset(self) -> None:
        """Stand, and forget what was learnt about the error."""
        self._phase = 0.0
        self._sum = np.zeros(3)

    def standing(self) -> np.ndarray:
        """Joint angles of a standing robot, (4, 3) [rad], by the order of LEGS."""
        zero = np.zeros(4)
        _targets(self._angles, zero, np.zeros((4, 2)), np.zeros(2), zero, *self._lengths)
        return self._angles

    def step(
        self, command: np.ndarray, velocity: np.ndarray, up: np.ndarray, dt: float
    ) -> np.ndarray:
        """Joint angles for the next instant, (4, 3) [rad].

        Args:
            command: (3,) wanted vx, vy [m/s], yaw rate [rad/s].
            velocity: (3,) present one, in the trunk's frame.
            up: (3,) the vertical in the trunk's frame.
            dt: time since the last call [s].
        """
        self._sum = np.clip(
            self._sum + dt * INTEGRAL * (command - velocity), -INTEGRAL_TOP, INTEGRAL_TOP
        )
        self._phase = (self._phase + self.legs.frequency * dt) % 1.0
        wanted = command * FEEDFORWARD + self._sum
        half = 0.25 / self.legs.frequency  # of the time that a foot is down
        sweep = np.empty((4, 2))
        sweep[:, 0] = half * (wanted[0] - wanted[2] * self._hip_y)
        sweep[:, 1] = half * (wanted[1] + wanted[2] * self._hip_x)
        lean = LEVEL * (up[0] * self._hip_x + up[1] * self._hip_y)
        place = PLACEMENT * (velocity[:2] - command[:2])
        _targets(self._angles, self._phase + PHASE, sweep, place, lean, *self._lengths)
        return self._angles
