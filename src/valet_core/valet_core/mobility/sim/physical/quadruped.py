"""A quadruped built from its legs' lengths and masses, under a trot that tracks velocities."""

import math

import mujoco
import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.arena import FLOOR_BIT, OBSTACLE_BIT, ROBOT_GROUP
from valet_core.mobility.sim.physical.base import BASE, COLOUR, PhysicalBase
from valet_core.mobility.sim.physical.trot import LEGS, Trot

__all__ = ['QuadrupedBase']

JOINTS = ('abduction', 'hip', 'knee')
STAND_BELOW = np.array([0.1, 0.1, 0.3])  # m/s, m/s, rad/s at which it stops to step
VELOCITY_TIME = 0.15  # s over which the velocity is averaged: half a stride


class QuadrupedBase(PhysicalBase):
    """Trunk and four legs of three joints; position control with the motors' torque limits.

    The shapes are boxes and capsules in place of the maker's meshes. What touches obstacles is
    trunk and legs as they are, which swing a little beyond the outline.
    """

    timestep = 0.002

    def __init__(self, embodiment: Embodiment) -> None:
        """Create the gait."""
        super().__init__(embodiment)
        self.legs = embodiment.body.legs
        self.trot = Trot(self.legs)
        self._smooth = np.zeros(3)

    def build(self, spec: mujoco.MjSpec) -> None:
        """See PhysicalBase."""
        legs, size = self.legs, self.embodiment.body
        low, high = self.embodiment.polygon.min(axis=0), self.embodiment.polygon.max(axis=0)
        trunk = spec.worldbody.add_body(name=BASE, pos=[0.0, 0.0, legs.stand + legs.foot])
        trunk.add_freejoint(name='free')
        half = [0.42 * (high - low)[0], legs.hip_y + 0.04, 0.057]
        trunk.add_geom(
            name='trunk', type=mujoco.mjtGeom.mjGEOM_BOX, size=half, mass=size.mass,
            contype=FLOOR_BIT | OBSTACLE_BIT, conaffinity=0, group=ROBOT_GROUP,
            rgba=list(COLOUR),
        )  # fmt: skip
        for name in LEGS:
            self._add_leg(spec, trunk, name)

    def _add_leg(self, spec: mujoco.MjSpec, trunk: mujoco.MjsBody, name: str) -> None:
        legs = self.legs
        front, side = (1.0 if name[0] == 'F' else -1.0), (1.0 if name[1] == 'L' else -1.0)
        hip = trunk.add_body(name=f'{name}_hip', pos=[front * legs.hip_x, side * legs.hip_y, 0.0])
        out = [0.0, side * legs.offset, 0.0]
        self._add_link(hip, f'{name}_abduction', [1, 0, 0], out, 0.03, legs.masses[0])
        thigh = hip.add_body(name=f'{name}_thigh', pos=out)
        self._add_link(thigh, f'{name}_hip', [0, 1, 0], [0, 0, -legs.thigh], 0.02, legs.masses[1])
        calf = thigh.add_body(name=f'{name}_calf', pos=[0.0, 0.0, -legs.thigh])
        self._add_link(calf, f'{name}_knee', [0, 1, 0], [0, 0, -legs.calf], 0.012, legs.masses[2])
        calf.add_geom(
            name=f'{name}_foot', type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[legs.foot, 0, 0],
            pos=[0.0, 0.0, -legs.calf], mass=0.01, condim=6, priority=1,
            friction=[self.embodiment.body.friction, 0.02, 0.01],
            contype=FLOOR_BIT | OBSTACLE_BIT, conaffinity=0, group=ROBOT_GROUP,
            rgba=[0.15, 0.15, 0.15, 1.0],
        )  # fmt: skip
        for joint, torque in zip(JOINTS, legs.torques, strict=True):
            motor = spec.add_actuator(
                name=f'{name}_{joint}', target=f'{name}_{joint}',
                trntype=mujoco.mjtTrn.mjTRN_JOINT,
            )  # fmt: skip
            motor.set_to_position(kp=legs.stiffness, kv=legs.damping)
            motor.forcerange, motor.forcelimited = [-torque, torque], True

    def _add_link(
        self,
        body: mujoco.MjsBody,
        joint: str,
        axis: list[int],
        end: list[float],
        radius: float,
        mass: float,
    ) -> None:
        body.add_joint(
            name=joint, type=mujoco.mjtJoint.mjJNT_HINGE, axis=axis, armature=0.01, damping=0.5,
            frictionloss=0.1,
        )  # fmt: skip
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[0.0, 0.0, 0.0, *end], size=[radius, 0, 0],
            mass=mass, contype=OBSTACLE_BIT, conaffinity=0, group=ROBOT_GROUP,
            rgba=[0.3, 0.3, 0.32, 1.0],
        )  # fmt: skip

    def place(self, pose: np.ndarray) -> None:
        """See PhysicalBase."""
        mujoco.mj_resetData(self.model, self.data)
        self.trot.reset()
        self._smooth = np.zeros(3)
        stand = self.trot.standing()
        height = self.legs.stand + self.legs.foot
        self.data.qpos[:7] = [
            pose[0], pose[1], height, math.cos(pose[2] / 2), 0.0, 0.0, math.sin(pose[2] / 2)
        ]  # fmt: skip
        self.data.qpos[7:] = self.data.ctrl[:] = stand.ravel()
        mujoco.mj_forward(self.model, self.data)

    def control(self, velocity: np.ndarray, steer: float) -> None:
        """See PhysicalBase; nothing is steered. Without a command it stands on four feet."""
        matrix = self.data.xmat[self.body].reshape(3, 3)
        present = np.append((matrix.T @ self.data.qvel[:3])[:2], self.data.qvel[5])
        dt = self.model.opt.timestep
        self._smooth += dt / VELOCITY_TIME * (super().velocity() - self._smooth)
        if np.abs(velocity).max() < 0.02 and (np.abs(self._smooth) < STAND_BELOW).all():
            self.data.ctrl[:] = self.trot.standing().ravel()
            self.trot.reset()
            return
        self.data.ctrl[:] = self.trot.step(velocity, present, matrix[2], dt).ravel()

    def velocity(self) -> np.ndarray:
        """Averaged over half a stride, as leg odometry gives it; see PhysicalBase."""
        return self._smooth.copy()
