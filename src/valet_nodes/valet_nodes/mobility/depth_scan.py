"""The depth scan node: a LaserScan from a camera's depth image."""

from dataclasses import dataclass

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, LaserScan

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError, InvalidInputError, StaleInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.map.depth_scan import scan_from_depth
from valet_nodes.mobility.mobile_messages import scan_to_message
from valet_nodes.ros.conversions import (
    camera_from_message,
    image_from_message,
    make_header,
    seconds,
)
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.ros.tf_listener import TransformListener

__all__ = ['DepthScan', 'DepthScanConfig', 'main']


@dataclass(frozen=True)
class DepthScanConfig:
    """What counts as an obstacle, and as whose scan it is published."""

    embodiment: str = setting('g1', 'base whose scanner it stands for, or path of its .yaml')
    base_frame: str = setting('base_link', 'frame of the base, its z = 0 the floor')
    scan_frame: str = setting('laser', 'frame named in the scan')
    low: float = setting(0.08, 'height from which something is an obstacle', 'm', 0.0, 2.0)
    high: float = setting(1.2, 'height up to which it is one', 'm', 0.1, 4.0)
    tf_tolerance: float = setting(0.1, 'largest age of a transform', 's', 0.0, 1.0)

    def __post_init__(self) -> None:
        check(self)
        if self.low >= self.high:
            raise ConfigError(f'low: received {self.low}; allowed: below high, {self.high}')


class DepthScan(Node):
    """Publishes `scan` for each depth image; one that cannot be used is named and left out."""

    def __init__(self, **options: object) -> None:
        """Read the parameters and subscribe.

        Raises:
            ConfigError: for a parameter or an embodiment that is not right.
        """
        super().__init__('depth_scan', **options)
        self._config = declare_config(self, DepthScanConfig)
        self._sensor = find_embodiment(self._config.embodiment).sensor
        self._camera: CameraInfo | None = None
        self._last: float | None = None
        self._tf = TransformListener(self)
        self._scan = self.create_publisher(LaserScan, 'scan', SENSOR)
        self.create_subscription(CameraInfo, 'camera/depth/camera_info', self._on_info, SENSOR)
        self.create_subscription(Image, 'camera/depth/image_rect_raw', self._on_image, SENSOR)

    def _on_info(self, message: CameraInfo) -> None:
        self._camera = message

    def _on_image(self, message: Image) -> None:
        try:
            ranges = self._convert(message)
        except (InvalidInputError, StaleInputError) as error:
            self.get_logger().error(f'no scan: {error}', throttle_duration_sec=1.0)
            return
        header = make_header(message.header.stamp, self._config.scan_frame)
        stamp = seconds(message.header.stamp)
        period = 0.0 if self._last is None else max(stamp - self._last, 0.0)
        self._last = stamp
        self._scan.publish(scan_to_message(ranges, self._sensor, header, period))

    def _convert(self, message: Image) -> np.ndarray:
        if self._camera is None:
            raise StaleInputError('camera/depth/camera_info: nothing has been received')
        config, camera = self._config, camera_from_message(self._camera)
        depth = image_from_message(message, '16UC1')
        if depth.shape != (camera.height, camera.width):
            raise InvalidInputError(
                f'depth image: received {depth.shape[1]} x {depth.shape[0]} px; allowed: '
                f'{camera.width} x {camera.height}, as camera_info says'
            )
        pose = self._tf.buffer.lookup(
            config.base_frame, message.header.frame_id, seconds(message.header.stamp),
            config.tf_tolerance,
        )  # fmt: skip
        return scan_from_depth(
            depth, camera.matrix, pose.matrix, self._sensor, config.low, config.high
        )


def main() -> int:
    """Run the node until a signal comes."""
    return run(DepthScan)
