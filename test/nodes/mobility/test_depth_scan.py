"""The depth scan as a real process: a scan for each good image, a reason for a bad one."""

import math
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from ament_index_python.packages import get_package_prefix
from geometry_msgs.msg import TransformStamped
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo, Image, LaserScan
from tf2_msgs.msg import TFMessage

from valet_core.mobility.body.catalogue import find_embodiment
from valet_nodes.mobility.mobile_messages import scan_from_message
from valet_nodes.ros.conversions import (
    CameraModel,
    camera_to_message,
    image_to_message,
    make_header,
    stamp_of,
)
from valet_nodes.ros.qos import SENSOR, TF_STATIC

PROGRAM = Path(get_package_prefix('valet_nodes')) / 'lib' / 'valet_nodes' / 'depth_scan'
CAMERA = CameraModel(np.array([[80.0, 0, 79.5], [0, 80.0, 59.5], [0, 0, 1]]), 160, 120)


@pytest.fixture
def camera():
    process = subprocess.Popen(
        [PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    rclpy.init()
    node = rclpy.create_node('camera')
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    yield Camera(process, node, executor)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    executor.remove_node(node)
    node.destroy_node()
    rclpy.try_shutdown()


class Camera:
    """A camera 0.6 m above the floor that looks ahead."""

    def __init__(self, process, node, executor):
        self.process, self._node, self._executor = process, node, executor
        self.scans, self._time = [], 10.0
        self._info = node.create_publisher(CameraInfo, 'camera/depth/camera_info', SENSOR)
        self._depth = node.create_publisher(Image, 'camera/depth/image_rect_raw', SENSOR)
        self._tf = node.create_publisher(TFMessage, 'tf_static', TF_STATIC)
        node.create_subscription(LaserScan, 'scan', self.scans.append, SENSOR)
        pose = TransformStamped(header=make_header(stamp_of(0.0), 'base_link'))
        pose.child_frame_id = 'camera_depth_optical_frame'
        pose.transform.translation.z = 0.6
        q = pose.transform.rotation
        q.x, q.y, q.z, q.w = -0.5, 0.5, -0.5, 0.5
        self._tf.publish(TFMessage(transforms=[pose]))

    def show(self, depth):
        """Publish images until a scan comes or time is up; the scan or None."""
        self.scans.clear()
        end = time.monotonic() + 8.0
        while not self.scans and time.monotonic() < end:
            self._time += 0.1
            header = make_header(stamp_of(self._time), 'camera_depth_optical_frame')
            self._info.publish(camera_to_message(CAMERA, header))
            self._depth.publish(image_to_message(depth, '16UC1', header))
            self._executor.spin_once(timeout_sec=0.1)
        return self.scans[-1] if self.scans else None


def test_a_wall_ahead_becomes_the_scan_of_the_embodiment(camera):
    message = camera.show(np.full((120, 160), 2000, np.uint16))
    assert message is not None and message.header.frame_id == 'laser'
    sensor = find_embodiment('g1').sensor
    ranges = scan_from_message(message, sensor)
    ahead = int(np.argmin(np.abs(sensor.angles)))
    assert ranges[ahead] == pytest.approx(2.0 - sensor.x, abs=0.03)
    assert math.isnan(ranges[0]) and math.isnan(ranges[-1])


def test_an_image_of_another_size_gives_no_scan_and_a_reason(camera):
    assert camera.show(np.full((120, 160), 2000, np.uint16)) is not None
    assert camera.show(np.full((60, 80), 2000, np.uint16)) is None
    camera.process.send_signal(signal.SIGINT)
    output = camera.process.communicate(timeout=20)[0]
    assert 'no scan: depth image: received 80 x 60 px; allowed: 160 x 120' in output


def test_a_height_band_upside_down_ends_the_node():
    done = subprocess.run(
        [PROGRAM, '--ros-args', '-p', 'low:=1.0', '-p', 'high:=0.5'],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert 'low: received 1.0; allowed: below high, 0.5' in done.stdout + done.stderr
