"""Observation of the simulated world through its camera and the whole perception."""

import numpy as np

from valet_core.common.assets import find_model
from valet_core.common.errors import PerceptionError
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.perception.frame import RgbdFrame
from valet_core.perception.labels import Label
from valet_core.perception.pipeline import Perceiver, Percept, PerceptionConfig
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.thinning import MAX_POINTS, thin
from valet_core.simulation.appearance import Appearance
from valet_core.simulation.camera import CameraConfig, CameraSensor, choose_camera
from valet_core.simulation.render_scene import RenderScene

__all__ = ['CameraObserver']



class CameraObserver:
    """What a policy gets from images: no state of the simulator passes but the robot's own.

    An image is taken and perceived 15 times a second of simulated time; between two images the
    last percept holds. Colours, the camera's place and its noise follow from the cell's seed.
    """

    def __init__(
        self, config: PerceptionConfig | None = None, camera: CameraConfig | None = None
    ) -> None:
        """Load perception.

        Args:
            config: of perception.
            camera: the sensor.
        """
        config = config or PerceptionConfig()
        self._camera_config = camera or CameraConfig()
        shape = RobotShape.named(config.robot)
        self._perceiver = Perceiver(config, shape, find_model(config.model))
        self._world: DressingWorld | None = None
        self._drawn: RenderScene | None = None
        self.reset()

    def reset(self) -> None:
        """Start an episode: the arm has to be captured anew."""
        self._perceiver.reset()
        self._percept: Percept | None = None
        self._due = -np.inf
        self._rng: np.random.Generator | None = None

    def __call__(self, world: DressingWorld) -> dict[str, np.ndarray]:
        """Observe; what is returned is as that of `StateObserver`.

        The joints are NaN and their confidence 0 as long as no arm has been found.
        """
        if self._rng is None:
            self._start(world)
        if world.time >= self._due - 1e-6:
            period = 1.0 / self._camera_config.rate
            self._due = max(self._due + period, world.time - period)
            self._look(world)
        return self._observation(world)

    @property
    def whole_cloud(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Points and labels of the last percept before thinning; None where there is none."""
        return None if self._percept is None else (self._percept.points, self._percept.labels)

    def close(self) -> None:
        """Free the drawing context."""
        if self._drawn is not None:
            self._drawn.close()
        self._drawn = self._world = None

    def _start(self, world: DressingWorld) -> None:
        self._rng = np.random.default_rng([world.cell.seed, 5])  # of the sensor's noise
        self._due = world.time
        if world is not self._world:
            self.close()
            scene, rng = world.scene, np.random.default_rng([world.cell.seed, 6])
            self._drawn = RenderScene(
                world.person,
                scene.mesh.triangles,
                scene.vertices,
                world.T_world_base,
                Appearance.random(rng),
            )
            self._world = world
            joints, side = world.person.arm.joints, world.person.config.side
            pose = choose_camera(joints, side, rng)
            self._sensor = CameraSensor(self._drawn, pose, self._camera_config)

    def _look(self, world: DressingWorld) -> None:
        assert self._drawn is not None and self._rng is not None
        self._drawn.update(world.robot.q, world.scene.vertices)
        frame = RgbdFrame(world.time, *self._sensor.capture(self._rng))
        try:
            self._percept = self._perceiver.process(frame, world.robot.link_transforms())
        except PerceptionError:
            self._percept = None

    def _observation(self, world: DressingWorld) -> dict[str, np.ndarray]:
        joints, confidence = np.full((4, 3), np.nan), np.zeros(4)
        cloud = np.zeros((MAX_POINTS, 3), dtype=np.float32)
        labels = np.full(MAX_POINTS, Label.OTHER, dtype=np.uint8)
        percept = self._percept
        if percept is not None:
            chosen = thin(percept.labels, MAX_POINTS)
            cloud[: len(chosen)] = percept.points[chosen]
            labels[: len(chosen)] = percept.labels[chosen]
            if percept.arm is not None:
                joints, confidence = percept.arm
        return {
            'time': np.array(world.time),
            'joints': joints,
            'confidence': confidence,
            'cloud': cloud,
            'labels': labels,
            'T_base_tool': world.robot.T_base_tool,
            'wrench': world.wrench,
        }
