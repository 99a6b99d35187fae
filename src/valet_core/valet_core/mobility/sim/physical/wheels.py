"""Bases on driven wheels: differential with casters, ackermann with steered wheels."""

import math

import mujoco
import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.arena import FLOOR_BIT, ROBOT_GROUP
from valet_core.mobility.sim.physical.base import BASE, PhysicalBase, add_hull

__all__ = ['WheeledBase', 'ackermann_angles', 'wheel_speeds']

WHEEL_SHARE = 0.03  # of the mass, each wheel
HALF_WIDTH = 0.02  # m of a wheel
SERVO_TIME = 0.02  # s in which a wheel reaches its speed under the load of the body
CONTACT_TIME = 0.01  # s; MuJoCo's own 0.02 lets a tyre creep under load
CASTER_GAP = 0.001  # m above the floor: the driven wheels carry the weight
GRAVITY = 9.81  # m/s2


def wheel_speeds(forward: float, yaw_rate: float, track: float, radius: float) -> np.ndarray:
    """Speeds of the left and right wheel, (2,) [rad/s].

    Args:
        forward: speed of the middle between them [m/s].
        yaw_rate: [rad/s].
        track: between the wheels [m].
        radius: of the wheels [m].
    """
    half = 0.5 * track * yaw_rate
    return np.array([forward - half, forward + half]) / radius


def ackermann_angles(steer: float, wheelbase: float, track: float) -> np.ndarray:
    """Angles of the left and right steered wheel, (2,) [rad]: all axes meet in one point.

    Args:
        steer: angle of a single wheel in the middle that turns the base as much [rad].
        wheelbase: from the fixed axle to the steered one [m].
        track: between the steered wheels [m].
    """
    turn = math.tan(steer) / wheelbase  # 1 / radius
    half = 0.5 * track
    return np.array([
        math.atan2(wheelbase * turn, 1.0 - half * turn),
        math.atan2(wheelbase * turn, 1.0 + half * turn),
    ])  # fmt: skip


class WheeledBase(PhysicalBase):
    """Two driven wheels on the axle through the base frame's origin carry the weight.

    Differential: frictionless casters ahead and behind. A skid-steered base, such as the
    Jackal, is approximated by this: its four wheels' scrubbing is not modelled. Ackermann: the
    wheels of the fixed axle are driven, with the speeds that a differential gives them, and two
    free wheels are steered.
    """

    def __init__(self, embodiment: Embodiment) -> None:
        """Derive the wheels' places from the outline."""
        super().__init__(embodiment)
        body = embodiment.body
        self.radius = body.wheel_radius
        self.track = 2.0 * (embodiment.half_width - HALF_WIDTH - 0.005)
        self.steered = embodiment.drive == 'ackermann'

    def build(self, spec: mujoco.MjSpec) -> None:
        """See PhysicalBase."""
        embodiment, size = self.embodiment, self.embodiment.body
        base = spec.worldbody.add_body(name=BASE, pos=[0.0, 0.0, self.radius])
        base.add_freejoint(name='free')
        low, high = embodiment.polygon.min(axis=0), embodiment.polygon.max(axis=0)
        add_hull(spec, base, embodiment, 0.04 - self.radius, size.height - self.radius)
        self._add_mass(base, low, high)
        for name, side in (('left', 1.0), ('right', -1.0)):
            self._add_wheel(spec, base, name, [0.0, side * self.track / 2.0, 0.0], driven=True)
        if self.steered:
            self._add_steering(spec, base)
        else:
            for name, x in (('front', 0.75 * high[0]), ('rear', 0.75 * low[0])):
                self._add_caster(base, name, x)

    def _add_mass(self, base: mujoco.MjsBody, low: np.ndarray, high: np.ndarray) -> None:
        """Weight low down, near the driven axle (between the axles where there are two)."""
        embodiment, size = self.embodiment, self.embodiment.body
        wheels = 4 if self.steered else 2
        mass = size.mass * (1.0 - wheels * WHEEL_SHARE)
        length, width = high - low
        middle = 0.35 * embodiment.steering.wheelbase if self.steered else 0.1 * (low + high)[0]
        base.explicitinertial = True
        base.mass, base.ipos = mass, [middle, 0.0, 0.0]
        tall = 0.5 * size.height
        base.inertia = [
            mass * (width**2 + tall**2) / 12.0,
            mass * (length**2 + tall**2) / 12.0,
            mass * (length**2 + width**2) / 12.0,
        ]

    def _add_wheel(
        self, spec: mujoco.MjSpec, parent: mujoco.MjsBody, name: str, at: list[float], driven: bool
    ) -> None:
        size = self.embodiment.body
        wheel = parent.add_body(name=f'wheel_{name}', pos=at)
        wheel.add_joint(
            name=f'wheel_{name}', type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 1, 0], armature=1e-3
        )
        wheel.add_geom(
            # A crowned tyre: one point of contact, where a cylinder's two edges would scrub.
            name=f'wheel_{name}', type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
            size=[self.radius, HALF_WIDTH, self.radius], solref=[CONTACT_TIME, 1.0],
            mass=WHEEL_SHARE * size.mass, friction=[size.friction, 1e-3, 1e-4], condim=3,
            priority=1, contype=FLOOR_BIT, conaffinity=0, group=ROBOT_GROUP,
            rgba=[0.15, 0.15, 0.15, 1.0],
        )  # fmt: skip
        if not driven:
            return
        load = 0.5 * size.mass * self.radius**2
        motor = spec.add_actuator(
            name=f'wheel_{name}', target=f'wheel_{name}', trntype=mujoco.mjtTrn.mjTRN_JOINT
        )
        motor.set_to_velocity(kv=load / SERVO_TIME)
        torque = 1.5 * size.friction * size.mass * GRAVITY * self.radius / 2.0
        motor.forcerange, motor.forcelimited = [-torque, torque], True

    def _add_caster(self, base: mujoco.MjsBody, name: str, x: float) -> None:
        radius = min(0.03, 0.5 * self.radius)
        base.add_geom(
            name=f'caster_{name}', type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[radius, 0, 0],
            pos=[x, 0.0, radius + CASTER_GAP - self.radius], mass=0.0, priority=2,
            solref=[CONTACT_TIME, 1.0],
            friction=[1e-3, 0.0, 0.0], condim=3, contype=FLOOR_BIT, conaffinity=0,
            group=ROBOT_GROUP, rgba=[0.4, 0.4, 0.4, 1.0],
        )  # fmt: skip

    def _add_steering(self, spec: mujoco.MjSpec, base: mujoco.MjsBody) -> None:
        steering = self.embodiment.steering
        load = 0.02 * self.embodiment.body.mass * self.radius
        for name, side in (('left', 1.0), ('right', -1.0)):
            at = [steering.wheelbase, side * self.track / 2.0, 0.0]
            fork = base.add_body(name=f'fork_{name}', pos=at)
            fork.explicitinertial = True
            fork.mass, fork.inertia = 0.1, [1e-3, 1e-3, 1e-3]
            fork.add_joint(
                name=f'steer_{name}', type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 0, 1],
                armature=load,
            )  # fmt: skip
            servo = spec.add_actuator(
                name=f'steer_{name}', target=f'steer_{name}', trntype=mujoco.mjtTrn.mjTRN_JOINT
            )
            servo.set_to_position(kp=2000.0 * load, kv=80.0 * load)
            self._add_wheel(spec, fork, f'steered_{name}', [0.0, 0.0, 0.0], driven=False)

    def place(self, pose: np.ndarray) -> None:
        """See PhysicalBase."""
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:7] = [
            pose[0], pose[1], self.radius, math.cos(pose[2] / 2), 0.0, 0.0, math.sin(pose[2] / 2)
        ]  # fmt: skip
        mujoco.mj_forward(self.model, self.data)

    def control(self, velocity: np.ndarray, steer: float) -> None:
        """See PhysicalBase."""
        yaw_rate = velocity[2]
        if self.steered:
            base = self.embodiment.steering.wheelbase
            yaw_rate = velocity[0] * math.tan(steer) / base
            self.data.ctrl[2:] = ackermann_angles(steer, base, self.track)
        self.data.ctrl[:2] = wheel_speeds(velocity[0], yaw_rate, self.track, self.radius)
