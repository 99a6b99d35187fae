"""Makes one frame of a depth image, the colour image of its time and the camera's model."""

from collections import deque
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

KEPT = 3  # messages of a topic, as an image may have to wait while the next one comes

Lookup = Callable[[str, float], np.ndarray]


class FramePairing:
    """Keeps the last colour images and camera infos for the depth image of their time."""

    def __init__(self, tolerance: float, lookup: Lookup) -> None:
        """Start with nothing received.

        Args:
            tolerance: longest time between the messages of a frame [s].
            lookup: T_base_frame, (4, 4), of a frame at a time [s]; raises ValetError.
        """
        self._tolerance, self._lookup = tolerance, lookup
        self._recent: dict[str, deque[Any]] = {
            topic: deque(maxlen=KEPT) for topic in (COLOR_TOPIC, INFO_TOPIC)
        }

    def take_color(self, message: Image) -> None:
        """Keep a colour image."""
        self._recent[COLOR_TOPIC].append(message)

    def take_info(self, message: CameraInfo) -> None:
        """Keep a camera's model."""
        self._recent[INFO_TOPIC].append(message)

    def complete(self, stamp: float) -> bool:
        """Whether a colour image and a camera's model of a time [s] are there."""
        return all(
            any(abs(seconds(m.header.stamp) - stamp) <= self._tolerance for m in messages)
            for messages in self._recent.values()
        )

    def frame(self, depth: Image) -> RgbdFrame:
        """The frame of a depth image.

        Raises:
            ValetError: naming the topic whose message is missing, of another time or malformed.
        """
        stamp = seconds(depth.header.stamp)
        color, info = self._nearest(COLOR_TOPIC, stamp), self._nearest(INFO_TOPIC, stamp)
        camera = _named(INFO_TOPIC, camera_from_message, info)
        rgb = _named(COLOR_TOPIC, image_from_message, color, 'rgb8')
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

    def _nearest(self, topic: str, stamp: float) -> Any:
        if not self._recent[topic]:
            raise ValetError(f'{topic}: nothing has been received beside a depth image')

        def distance(message: Any) -> float:
            return abs(seconds(message.header.stamp) - stamp)

        message = min(self._recent[topic], key=distance)
        apart = distance(message)
        if apart > self._tolerance:
            raise ValetError(
                f'{topic}: {apart:.3f} s apart from the depth image, allowed '
                f'{self._tolerance:.3f} s'
            )
        return message


def _named(topic: str, convert: Callable[..., Any], *arguments: Any) -> Any:
    """A conversion whose errors name the topic."""
    try:
        return convert(*arguments)
    except ValetError as error:
        raise ValetError(f'{topic}: {error}') from None
