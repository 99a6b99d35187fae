"""The simulator's cameras: what they draw, as the topics of a real camera."""

from typing import Protocol

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.view_process import ViewProcess
from valet_core.simulation.camera import Frame
from valet_nodes.dressing.image_thread import ImageThread, Moment
from valet_nodes.ros.conversions import (
    CameraModel,
    camera_to_message,
    image_to_message,
    make_header,
    stamp_of,
    transform_to_message,
)
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF_STATIC

__all__ = ['CameraRates', 'SimCameras']

CAMERA_FRAME, SCENE_FRAME = 'camera_color_optical_frame', 'scene_camera_optical_frame'
SCENE_SIZE = (480, 360)
HELD = 'held'  # a moment that is shown again


class CameraRates(Protocol):
    """What of the simulator's configuration is about cameras."""

    camera_rate: float
    scene_camera_rate: float


class SimCameras:
    """The depth camera, and the one that sees the whole scene; each on a thread of its own."""

    def __init__(
        self, node: Node, world: DressingWorld, config: CameraRates, time: float
    ) -> None:
        """Set the cameras up.

        Args:
            node: publishes the images; `camera/...` and `scene_camera/image_raw`.
            world: what is seen.
            config: rates.
            time: simulated, of the beginning [s]. An image at a multiple of the transforms'
                period after it does not have to wait for the transforms of its time.
        """
        self._logger = node.get_logger()
        self._static = node.create_publisher(TFMessage, 'tf_static', TF_STATIC)
        self._mounted = False
        self._repeated: Frame | None = None
        color, depth = 'camera/color', 'camera/aligned_depth_to_color'
        self._color = node.create_publisher(Image, f'{color}/image_raw', RELIABLE)
        self._depth = node.create_publisher(Image, f'{depth}/image_raw', RELIABLE)
        self._info = node.create_publisher(CameraInfo, f'{color}/camera_info', RELIABLE)
        self._threads = {
            'camera': ImageThread(world, config.camera_rate, time, self._publish_camera)
        }
        if config.scene_camera_rate > 0.0:
            self._scene = node.create_publisher(Image, 'scene_camera/image_raw', SENSOR)
            rate = config.scene_camera_rate
            self._threads['scene camera'] = ImageThread(world, rate, time, self._publish_scene)
        for thread in self._threads.values():
            thread.wait_until_warm()

    def offer(self, time: float, fault: str) -> None:
        """Hand the present state over to the cameras that are due.

        Args:
            time: simulated [s]; stamps the images.
            fault: 'camera_silent' or 'camera_repeats' for the depth camera, else none.

        Raises:
            ValetError: if a camera has failed, with the reason.
        """
        for name, thread in self._threads.items():
            if not thread.offer(time, fault):
                self._logger.warning(
                    f'the {name} is behind, an image is left out', throttle_duration_sec=5.0
                )

    def show(self, time: float) -> None:
        """Show the world before time begins: the same image of the camera again and again.

        Args:
            time: simulated [s].
        """
        self._threads['camera'].show(time, HELD)

    def is_behind(self, time: float) -> bool:
        """Whether a camera would have to leave out an image that is due at a time [s]."""
        return any(thread.is_behind(time) for thread in self._threads.values())

    def close(self) -> None:
        """End the threads."""
        for thread in self._threads.values():
            thread.close()

    def _publish_camera(self, view: ViewProcess, moment: Moment) -> None:
        if moment.fault == 'camera_silent':
            return
        if moment.fault in ('camera_repeats', HELD) and self._repeated is not None:
            frame = self._repeated
        else:
            frame = self._repeated = view.capture(moment.pose)
        header = make_header(stamp_of(moment.time), CAMERA_FRAME)
        if not self._mounted:
            self._publish_mount(frame)
        height, width = frame.depth_mm.shape
        model = CameraModel(frame.K, width, height)
        self._info.publish(camera_to_message(model, header))
        self._color.publish(image_to_message(frame.rgb, 'rgb8', header))
        # Depth last: who pairs the images waits for it.
        self._depth.publish(image_to_message(frame.depth_mm, '16UC1', header))

    def _publish_mount(self, frame: Frame) -> None:
        """Where the camera stands, once: what a calibration gives on a real robot."""
        header = make_header(stamp_of(0.0), 'base_link')
        mount = transform_to_message(frame.T_base_camera, header, CAMERA_FRAME)
        self._static.publish(TFMessage(transforms=[mount]))
        self._mounted = True

    def _publish_scene(self, view: ViewProcess, moment: Moment) -> None:
        header = make_header(stamp_of(moment.time), SCENE_FRAME)
        rgb = view.picture(moment.pose, *SCENE_SIZE)
        self._scene.publish(image_to_message(rgb, 'rgb8', header))
