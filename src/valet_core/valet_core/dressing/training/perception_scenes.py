"""Random scenes with what is true of each frame, to train perception and to measure it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from valet_core.dressing.control.observation import DressingGoal, as_observation
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.state_observer import StateObserver
from valet_core.perception.frame import GRID, RgbdFrame
from valet_core.perception.labels import Label
from valet_core.policy.interface import Policy
from valet_core.simulation.appearance import Appearance
from valet_core.simulation.camera import CameraSensor, choose_camera, look_at
from valet_core.simulation.render_scene import ROBOT_LABEL, RenderScene

__all__ = ['LabelledFrame', 'PerceptionScene', 'planned_steps']

CONTROL_STEPS = 6  # of the physics for one action of the planner
EXECUTED = 2
LONGEST = 260  # actions


class LabelledFrame(NamedTuple):
    """A frame and the truth about it."""

    frame: RgbdFrame
    links: dict[str, np.ndarray]
    """T_base_link of the robot's links. Shapes (4, 4)."""
    labels: np.ndarray
    """True label of each sampled pixel; the robot's are OTHER. Shape (*GRID), uint8."""
    joints: np.ndarray
    """True joints in the base frame [m]. Shape (4, 3)."""
    covered: bool
    """Whether the arm is in the sleeve."""


class PerceptionScene:
    """A dressing cell with a look and a camera, all random but for the cell."""

    def __init__(self, cell: DressingCell, seed: int, settle_s: float = 1.0) -> None:
        """Build it.

        Args:
            cell: person, garment and robot.
            seed: of colours, of the camera's place and of the sensor's noise.
            settle_s: time for the garment to come to rest [s].
        """
        self._rng = np.random.default_rng([seed, 6])
        self.world = DressingWorld(cell, ClothConfig(settle_s=settle_s))
        scene = self.world.scene
        self._drawn = RenderScene(
            self.world.person,
            scene.mesh.triangles,
            scene.vertices,
            self.world.T_world_base,
            Appearance.random(self._rng),
        )
        self.place_camera()

    def place_camera(self, looseness: float = 0.0) -> None:
        """Set the camera up anew.

        Args:
            looseness: extra variation of its distance and height [m], for training.
        """
        person = self.world.person
        distance = 1.45 + looseness * self._rng.uniform(-1.0, 1.0)
        pose = choose_camera(person.arm.joints, person.config.side, self._rng, distance)
        if looseness:
            eye = pose[:3, 3] + 1.5 * looseness * self._rng.uniform(-1.0, 1.0, 3)
            middle = pose[:3, 3] + distance * pose[:3, 2]
            pose = look_at(eye, middle, np.deg2rad(self._rng.uniform(-4.0, 4.0)))
        self._camera = CameraSensor(self._drawn, pose)

    def capture(self, truth: bool = True) -> LabelledFrame:
        """Take an image of the world as it is now.

        Args:
            truth: whether the true labels are needed, which takes a second drawing.
        """
        world = self.world
        self._drawn.update(world.robot.q, world.scene.vertices)
        image = self._camera.capture(self._rng)
        labels = np.full(GRID, Label.OTHER, dtype=np.uint8)
        if truth:
            step = image.rgb.shape[0] // GRID[0]
            labels = self._camera.segmentation()[::step, ::step].copy()
            labels[labels == ROBOT_LABEL] = Label.OTHER
        return LabelledFrame(
            RgbdFrame(world.time, *image),
            world.robot.link_transforms(),
            labels,
            world.arm_joints,
            world.truth().on_arm,
        )

    def close(self) -> None:
        """Free the drawing context."""
        self._drawn.close()


def planned_steps(world: DressingWorld, policy: Policy | None = None) -> Iterator[int]:
    """Dress the arm by the true state, yielding the number of actions done after each.

    Ends when the planner is done, when the arm is pierced or after `LONGEST` actions.
    """
    policy = policy or DressingPlanner()
    policy.reset(DressingGoal(), 0)
    observe = StateObserver()
    done = 0
    while done < LONGEST:
        chunk = policy.act(as_observation(observe(world)))
        if chunk.wants_stop:
            return
        for action in chunk.actions[:EXECUTED]:
            for _ in range(CONTROL_STEPS):
                world.step(action)
            done += 1
            yield done
        if world.scene.unstable() or world.scene.pierced():
            return
