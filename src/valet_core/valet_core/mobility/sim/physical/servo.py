"""Reduced-order bases: a rigid body that limited servos move over the floor."""

import math

import mujoco
import numpy as np

from valet_core.mobility.sim.physical.arena import ROBOT_GROUP
from valet_core.mobility.sim.physical.base import BASE, PhysicalBase, add_hull

__all__ = ['ServoBase']

SERVO_TIME = 0.01  # s in which the body takes on a velocity
MARGIN = 2.0  # of the servos' force over what the acceleration limits need


class ServoBase(PhysicalBase):
    """Follows velocities in the plane, with mass, inertia and a largest force.

    Stands for mecanum wheels (whose rollers are not modelled: their traction is the force limit)
    and for a walking controller (whose lag, limits and sway are those that the embodiment
    states).
    """

    ideal = True

    def build(self, spec: mujoco.MjSpec) -> None:
        """See PhysicalBase."""
        embodiment, size, limits = self.embodiment, self.embodiment.body, self.embodiment.limits
        base = spec.worldbody.add_body(name=BASE)
        add_hull(spec, base, embodiment, 0.04, size.height)
        length, width = np.ptp(embodiment.polygon, axis=0)
        turning = size.mass * (length**2 + width**2) / 12.0
        base.explicitinertial = True
        base.mass, base.ipos = size.mass, [0.0, 0.0, 0.5 * size.height]
        base.inertia = [turning, turning, turning]
        top = MARGIN * max(limits.acceleration, limits.lateral_acceleration)
        slide, hinge = mujoco.mjtJoint.mjJNT_SLIDE, mujoco.mjtJoint.mjJNT_HINGE
        for name, kind, axis, load, limit in (
            ('x', slide, [1, 0, 0], size.mass, top),
            ('y', slide, [0, 1, 0], size.mass, top),
            ('yaw', hinge, [0, 0, 1], turning, MARGIN * limits.yaw_acceleration),
        ):
            base.add_joint(name=name, type=kind, axis=axis)
            servo = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
            servo.set_to_velocity(kv=load / SERVO_TIME)
            servo.forcerange, servo.forcelimited = [-load * limit, load * limit], True
        if embodiment.drive == 'omnidirectional':
            self._draw_wheels(base)

    def _draw_wheels(self, base: mujoco.MjsBody) -> None:
        radius = self.embodiment.body.wheel_radius
        high = self.embodiment.polygon.max(axis=0)
        for x in (high[0] - radius, radius - high[0]):
            for y in (high[1] - 0.03, 0.03 - high[1]):
                base.add_geom(
                    type=mujoco.mjtGeom.mjGEOM_CYLINDER, size=[radius, 0.025, 0.0],
                    pos=[x, y, radius], quat=[math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0],
                    contype=0, conaffinity=0, mass=0.0, group=ROBOT_GROUP,
                    rgba=[0.15, 0.15, 0.15, 1.0],
                )  # fmt: skip

    def place(self, pose: np.ndarray) -> None:
        """See PhysicalBase."""
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:3] = pose
        mujoco.mj_forward(self.model, self.data)

    def control(self, velocity: np.ndarray, steer: float) -> None:
        """See PhysicalBase; nothing is steered."""
        c, s = math.cos(self.data.qpos[2]), math.sin(self.data.qpos[2])
        self.data.ctrl[:3] = [
            c * velocity[0] - s * velocity[1], s * velocity[0] + c * velocity[1], velocity[2]
        ]  # fmt: skip
