"""The cameras of a dressing world: what they show of its state, with a look of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from valet_core.dressing.sim.cells import DressingCell
from valet_core.simulation.appearance import Appearance
from valet_core.simulation.camera import (
    CameraConfig,
    CameraSensor,
    Frame,
    choose_camera,
    scene_camera_pose,
)
from valet_core.simulation.person import Person
from valet_core.simulation.render_scene import RenderScene

if TYPE_CHECKING:  # a process that only draws comes up without the physics
    from valet_core.dressing.sim.dressing_world import DressingWorld

__all__ = ['DressingView', 'Pose', 'Staging']

_SCENE_FOVY = np.deg2rad(42.0)


class Pose(NamedTuple):
    """What moves in a scene. A copy, so that it can be drawn while the world goes on."""

    q: np.ndarray
    """Joint angles of the robot [rad]. Shape (6,)."""
    vertices: np.ndarray
    """Of the garment, world frame [m]. Shape (nv, 3)."""

    @classmethod
    def of(cls, world: DressingWorld) -> Pose:
        """The world's present one."""
        return cls(world.robot.q, world.scene.vertices.copy())


class Staging(NamedTuple):
    """What a view has to know of a world before it draws; another process can be sent it."""

    cell: DressingCell
    """Person, garment and seed."""
    triangles: np.ndarray
    """Of the garment, vertex indices. Shape (nt, 3)."""
    T_world_base: np.ndarray
    """Where the robot stands. Shape (4, 4)."""
    pose: Pose
    """What moves, as it is at first."""

    @classmethod
    def of(cls, world: DressingWorld) -> Staging:
        """The world's."""
        base = world.T_world_base.copy()
        return cls(world.cell, world.scene.mesh.triangles, base, Pose.of(world))


class DressingView:
    """Draws a dressing world: the sensor's images, and pictures of the whole scene.

    Appearance, the camera's place and the sensor's noise follow from the cell's seed. All images
    have to be asked for on one thread.
    """

    def __init__(self, staging: Staging, config: CameraConfig | None = None) -> None:
        """Give the world a look and put the camera before it."""
        cell, triangles, T_world_base, pose = staging
        person, side = Person(cell.person), cell.person.side
        rng = np.random.default_rng([cell.seed, 4])
        look = Appearance.random(rng)
        self.scene = RenderScene(person, triangles, pose.vertices, T_world_base, look)
        T_world_camera = choose_camera(person.arm.joints, side, rng)
        self.sensor = CameraSensor(self.scene, T_world_camera, config)
        self._T_world_scene_camera = scene_camera_pose(T_world_base, side)
        self._rng = rng

    def capture(self, pose: Pose) -> Frame:
        """An image of the depth camera, with its noise."""
        self.scene.update(*pose)
        return self.sensor.capture(self._rng)

    def segmentation(self, pose: Pose) -> np.ndarray:
        """True labels of the depth camera's pixels, for training and evaluation only."""
        self.scene.update(*pose)
        return self.sensor.segmentation()

    def picture(self, pose: Pose, width: int = 640, height: int = 480) -> np.ndarray:
        """The whole scene with shadows. Shape (height, width, 3), uint8."""
        self.scene.update(*pose)
        view = self._T_world_scene_camera
        rgb, _ = self.scene.render(view, _SCENE_FOVY, width, height, shadows=True)
        return np.ascontiguousarray(rgb)

    def close(self) -> None:
        """Free the drawing context."""
        self.scene.close()
