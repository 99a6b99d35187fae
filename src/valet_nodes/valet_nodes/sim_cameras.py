"""The simulator's cameras: rendered and published from a thread beside the physics."""

import contextlib
import queue
import threading
from typing import NamedTuple, Protocol

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from valet_core.errors import ValetError
from valet_core.sim.appearance import Appearance
from valet_core.sim.camera import (
    CameraConfig,
    CameraSensor,
    Frame,
    choose_camera,
    scene_camera_pose,
)
from valet_core.sim.dressing_world import DressingWorld
from valet_core.sim.render_scene import RenderScene
from valet_nodes.conversions import (
    CameraModel,
    camera_to_message,
    image_to_message,
    make_header,
    stamp_of,
    transform_to_message,
)
from valet_nodes.qos import SENSOR, TF_STATIC

__all__ = ['CameraRates', 'SimCameras']

CAMERA_FRAME, SCENE_FRAME = 'camera_color_optical_frame', 'scene_camera_optical_frame'
IDLE = 0.2  # between looks at whether to end [s]
SCENE_SIZE, SCENE_FOVY = (640, 480), np.deg2rad(50.0)


class CameraRates(Protocol):
    """What of the simulator's configuration is about cameras."""

    seed: int
    camera_rate: float
    scene_camera_rate: float


class _Job(NamedTuple):
    """What is to be seen at one moment; copies, since the physics goes on."""

    time: float
    q: np.ndarray
    vertices: np.ndarray
    camera: bool
    scene: bool
    fault: str


class SimCameras:
    """Takes what is to be seen from the physics' thread, draws and publishes on its own.

    An image that is due while the one before is still being drawn is left out, as by a camera
    whose bus is busy; the physics never waits.
    """

    def __init__(self, node: Node, world: DressingWorld, config: CameraRates) -> None:
        """Set the cameras up and start the thread.

        Args:
            node: publishes the images; `camera/...` and `scene_camera/image_raw`.
            world: what is seen.
            config: rates and seed.
        """
        self._world, self._config = world, config
        self._rng = np.random.default_rng([config.seed, 4])
        self._logger = node.get_logger()
        mesh, side = world.scene.mesh, world.cell.person.side
        look = Appearance.random(self._rng)
        vertices = world.scene.vertices
        self._scene = RenderScene(world.person, mesh.triangles, vertices, world.T_world_base, look)
        pose = choose_camera(world.person.arm.joints, side, self._rng)
        self._sensor = CameraSensor(self._scene, pose, CameraConfig(rate=config.camera_rate))
        self._scene_pose = scene_camera_pose(world.T_world_base, side)
        self._create_publishers(node)
        self._due = {'camera': 0.0, 'scene': 0.0}
        self._repeated: Frame | None = None
        self._jobs: queue.Queue[_Job] = queue.Queue(maxsize=1)
        self._closing = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name='cameras', daemon=True)
        self._thread.start()

    def offer(self, time: float, fault: str) -> None:
        """Hand the present state over if an image is due.

        Args:
            time: simulated [s]; stamps the images.
            fault: 'camera_silent' or 'camera_repeats', else none.

        Raises:
            ValetError: if the thread has died, with the reason.
        """
        if self._failure is not None:
            raise ValetError(f'the cameras have failed: {self._failure!r}')
        camera = self._is_due('camera', time, self._config.camera_rate)
        scene = self._is_due('scene', time, self._config.scene_camera_rate)
        if not (camera or scene):
            return
        vertices = self._world.scene.vertices.copy()
        try:
            job = _Job(time, self._world.robot.q, vertices, camera, scene, fault)
            self._jobs.put_nowait(job)
        except queue.Full:
            self._logger.warning(
                'the camera is behind, an image is left out', throttle_duration_sec=5.0
            )

    def close(self) -> None:
        """End the thread and free the drawing context."""
        self._closing.set()
        self._thread.join(5.0)

    def _create_publishers(self, node: Node) -> None:
        color, depth = 'camera/color', 'camera/aligned_depth_to_color'
        self._color = node.create_publisher(Image, f'{color}/image_raw', SENSOR)
        self._depth = node.create_publisher(Image, f'{depth}/image_raw', SENSOR)
        self._info = node.create_publisher(CameraInfo, f'{color}/camera_info', SENSOR)
        self._wide = node.create_publisher(Image, 'scene_camera/image_raw', SENSOR)
        self._static = node.create_publisher(TFMessage, 'tf_static', TF_STATIC)
        header = make_header(stamp_of(0.0), 'base_link')
        mount = transform_to_message(self._sensor.T_base_camera, header, CAMERA_FRAME)
        self._static.publish(TFMessage(transforms=[mount]))

    def _is_due(self, name: str, time: float, rate: float) -> bool:
        if rate <= 0.0 or time < self._due[name]:
            return False
        # From one due time to the next, so that rounding does not slow the rate down.
        self._due[name] = max(self._due[name] + 1.0 / rate, time - 0.5 / rate)
        return True

    def _work(self) -> None:
        try:
            while not self._closing.is_set():
                with contextlib.suppress(queue.Empty):
                    self._draw(self._jobs.get(timeout=IDLE))
        except Exception as error:  # noqa: BLE001 - whatever it is, the node has to end with it
            self._failure = error
        finally:
            self._scene.close()

    def _draw(self, job: _Job) -> None:
        self._scene.update(job.q, job.vertices)
        if job.camera and job.fault != 'camera_silent':
            self._publish_camera(job)
        if job.scene:
            self._publish_scene(job)

    def _publish_camera(self, job: _Job) -> None:
        if job.fault == 'camera_repeats' and self._repeated is not None:
            frame = self._repeated
        else:
            frame = self._repeated = self._sensor.capture(self._rng)
        header = make_header(stamp_of(job.time), CAMERA_FRAME)
        height, width = frame.depth_mm.shape
        model = CameraModel(frame.K, width, height)
        self._info.publish(camera_to_message(model, header))
        self._color.publish(image_to_message(frame.rgb, 'rgb8', header))
        # Depth last: who pairs the images waits for it.
        self._depth.publish(image_to_message(frame.depth_mm, '16UC1', header))

    def _publish_scene(self, job: _Job) -> None:
        rgb, _ = self._scene.render(self._scene_pose, SCENE_FOVY, *SCENE_SIZE)
        header = make_header(stamp_of(job.time), SCENE_FRAME)
        self._wide.publish(image_to_message(np.ascontiguousarray(rgb), 'rgb8', header))
