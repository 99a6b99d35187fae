"""What every physical base can do, whatever it moves on."""

import math
from abc import ABC, abstractmethod

import mujoco
import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.arena import BODY_BIT, ROBOT_GROUP

__all__ = ['BASE', 'PhysicalBase', 'add_hull', 'planar_pose']

BASE = 'base'
COLOUR = (0.95, 0.75, 0.2, 1.0)


class PhysicalBase(ABC):
    """Builds its body into a spec, then drives it in the compiled model.

    Attributes:
        embodiment: the base.
        timestep: that its contacts and servos need [s].
        ideal: whether it has no errors of motion but those that the embodiment states.
    """

    timestep = 0.005
    ideal = False

    def __init__(self, embodiment: Embodiment) -> None:
        """Take the embodiment."""
        self.embodiment = embodiment

    @abstractmethod
    def build(self, spec: mujoco.MjSpec) -> None:
        """Add the body `base` and its actuators to a spec."""

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        """Take the compiled model with its state."""
        self.model, self.data = model, data
        self.body = model.body(BASE).id

    @abstractmethod
    def place(self, pose: np.ndarray) -> None:
        """Stand still at a world pose (3,): x, y [m], yaw [rad]."""

    @abstractmethod
    def control(self, velocity: np.ndarray, steer: float) -> None:
        """Set the actuators before one step of the simulation.

        Args:
            velocity: (3,) that the base should have now: vx, vy [m/s], yaw rate [rad/s].
            steer: steering angle that it should have now [rad].
        """

    def pose(self) -> np.ndarray:
        """World pose of the base frame, (3,): x, y [m], yaw [rad] within -pi..pi."""
        return planar_pose(self.data.xpos[self.body], self.data.xmat[self.body])

    def velocity(self) -> np.ndarray:
        """Velocity of the base frame over the floor, in it, (3,): vx, vy [m/s], yaw rate."""
        spatial = np.zeros(6)
        kind = mujoco.mjtObj.mjOBJ_XBODY
        mujoco.mj_objectVelocity(self.model, self.data, kind, self.body, spatial, 0)
        yaw = self.pose()[2]
        c, s = math.cos(yaw), math.sin(yaw)
        return np.array(
            [c * spatial[3] + s * spatial[4], c * spatial[4] - s * spatial[3], spatial[2]]
        )

    @property
    def fallen(self) -> bool:
        """Whether it lies instead of standing."""
        return bool(self.data.xmat[self.body][8] < 0.5)


def planar_pose(position: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """x, y [m] and heading [rad] of a position (3,) and a rotation matrix (9,)."""
    return np.array([position[0], position[1], math.atan2(matrix[3], matrix[0])])


def add_hull(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, embodiment: Embodiment, low: float, high: float
) -> None:
    """Add the footprint as a prism that obstacles touch; it has no mass.

    Args:
        spec: that the mesh is added to.
        body: that the prism is part of.
        embodiment: whose outline it is (its convex hull).
        low: bottom in the body's frame [m].
        high: top in the body's frame [m].
    """
    polygon = embodiment.polygon
    corners = np.concatenate(
        [np.column_stack([polygon, np.full(len(polygon), z)]) for z in (low, high)]
    )
    # MuJoCo moves a mesh to its own centre; refpos and the like stay out of the way here.
    spec.add_mesh(name='hull', uservert=corners.ravel().tolist())
    body.add_geom(
        name='hull', type=mujoco.mjtGeom.mjGEOM_MESH, meshname='hull', group=ROBOT_GROUP,
        contype=BODY_BIT, conaffinity=0, mass=0.0, rgba=list(COLOUR),
    )  # fmt: skip
