"""Makes one frame of a depth image, the colour image of its time and the camera's model."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sensor_msgs.msg import CameraInfo, Image

from valet_core.common.errors import ValetError
from valet_core.perception.pipeline import RgbdFrame
from valet_nodes.ros.conversions import camera_from_message, image_from_message, seconds

__all__ = ['COLOR_TOPIC', 'DEPTH_TOPIC', 'INFO_TOPIC', 'FramePairing']

COLOR_TOPIC = 'camera/color/image_raw'
INFO_TOPIC = 'camera/color/camera_info'
DEPTH_TOPIC = 'camera/aligned_depth_to_color/image_raw'

Lookup = Callable[[str, float], np.ndarray]


class FramePairing:
    """Keeps the newest colour image and camera info until the depth image of their time comes."""

    def __init__(self, tolerance: float, lookup: Lookup) -> None:
        """Start with nothing received.

        Args:
            tolerance: longest time between the messages of a frame [s].
            lookup: T_base_frame, (4, 4), of a frame at a time [s]; raises ValetError.
        """
        self._tolerance, self._lookup = tolerance, lookup
        self._newest: dict[str, Any] = {COLOR_TOPIC: None, INFO_TOPIC: None}

    def take_color(self, message: Image) -> None:
        """Keep a colour image."""
        self._newest[COLOR_TOPIC] = message

    def take_info(self, message: CameraInfo) -> None:
        """Keep a camera's model."""
        self._newest[INFO_TOPIC] = message

    def frame(self, depth: Image) -> RgbdFrame:
        """The frame of a depth image.

        Raises:
            ValetError: naming the topic whose message is missing, of another time or malformed.
        """
        stamp = seconds(depth.header.stamp)
        for topic in self._newest:
            self._check_time(topic, stamp)
        camera = _named(INFO_TOPIC, camera_from_message, self._newest[INFO_TOPIC])
        rgb = _named(COLOR_TOPIC, image_from_message, self._newest[COLOR_TOPIC], 'rgb8')
        if rgb.shape[:2] != (camera.height, camera.width):
            raise ValetError(
                f'{INFO_TOPIC}: for {camera.width} x {camera.height} px, and the image has '
                f'{rgb.shape[1]} x {rgb.shape[0]}'
            )
        return RgbdFrame(
            stamp=stamp,
            rgb=rgb,
            depth_mm=_named(DEPTH_TOPIC, image_from_message, depth, '16UC1'),
            K=camera.matrix,
            T_base_camera=self._lookup(depth.header.frame_id, stamp),
        )

    def _check_time(self, topic: str, stamp: float) -> None:
        message = self._newest[topic]
        if message is None:
            raise ValetError(f'{topic}: nothing has been received beside a depth image')
        apart = abs(seconds(message.header.stamp) - stamp)
        if apart > self._tolerance:
            raise ValetError(
                f'{topic}: {apart:.3f} s apart from the depth image, allowed '
                f'{self._tolerance:.3f} s'
            )


def _named(topic: str, convert: Callable[..., Any], *arguments: Any) -> Any:
    """A conversion whose errors name the topic."""
    try:
        return convert(*arguments)
    except ValetError as error:
        raise ValetError(f'{topic}: {error}') from None
