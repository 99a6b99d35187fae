"""The simulator as a real process: what it publishes, takes and refuses."""

import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from ament_index_python.packages import get_package_prefix
from geometry_msgs.msg import TwistStamped, WrenchStamped
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from valet_msgs.msg import DressingTruth

from valet_nodes.ros.conversions import image_from_message, make_header, seconds, stamp_of
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF, TF_STATIC
from valet_nodes.ros.tf_listener import TransformListener

PROGRAM = Path(get_package_prefix('valet_nodes')) / 'lib' / 'valet_nodes' / 'dressing_sim'


def start(*parameters):
    words = [word for p in parameters for word in ('-p', p)]
    return subprocess.Popen(
        [PROGRAM, '--ros-args', *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class Robot:
    """Listens to the simulator and commands it as the gate would."""

    TOPICS = {
        'camera/color/image_raw': (Image, SENSOR),
        'camera/aligned_depth_to_color/image_raw': (Image, SENSOR),
        'camera/color/camera_info': (CameraInfo, SENSOR),
        'wrench': (WrenchStamped, SENSOR),
        'joint_states': (JointState, RELIABLE),
        'ground_truth/dressing': (DressingTruth, RELIABLE),
        'tf': (TFMessage, TF),
        'tf_static': (TFMessage, TF_STATIC),
    }

    def __init__(self):
        self.node = rclpy.create_node('robot')
        self.seen = {topic: [] for topic in self.TOPICS}
        for topic, (kind, qos) in self.TOPICS.items():
            self.node.create_subscription(kind, topic, self.seen[topic].append, qos)
        self.tf = TransformListener(self.node)
        self.command = self.node.create_publisher(TwistStamped, 'servo/delta_twist_cmds', RELIABLE)
        self.reset = self.node.create_client(Trigger, 'dressing_sim/reset')
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)

    def until(self, condition, what, timeout=40.0):
        end = time.monotonic() + timeout
        while not condition():
            self.executor.spin_once(timeout_sec=0.05)
            assert time.monotonic() < end, f'waited {timeout} s for {what}'

    @property
    def now(self):
        return seconds(self.seen['joint_states'][-1].header.stamp)

    def tool(self):
        return self.tf.buffer.lookup('base_link', 'tool0').matrix[:3, 3]

    def drive(self, frame='base_link', x=0.0, z=0.05, duration=0.4):
        """Hold a twist for a simulated time; time waits for the answer to each joint state."""
        answered, end = self.now, self.now + duration
        while self.now < end:
            self.executor.spin_once(timeout_sec=0.02)
            if self.now > answered:
                answered = self.now
                message = TwistStamped(header=make_header(stamp_of(answered), frame))
                message.twist.linear.x, message.twist.linear.z = x, z
                self.command.publish(message)


@pytest.fixture(scope='module')
def robot():
    rclpy.init()
    process = start('seed:=5', 'side:=left', 'garment:=t_shirt', 'patience:=0.5')
    robot = Robot()
    robot.until(lambda: all(robot.seen.values()), 'every topic')
    robot.until(lambda: len(robot.seen['camera/color/image_raw']) > 3, 'images')
    yield robot
    process.terminate()
    assert process.wait(20) == 0, process.stdout.read()
    robot.node.destroy_node()
    rclpy.try_shutdown()


def test_colour_depth_and_camera_info_belong_together(robot):
    color, depth, info = (
        robot.seen[t][2]
        for t in (
            'camera/color/image_raw',
            'camera/aligned_depth_to_color/image_raw',
            'camera/color/camera_info',
        )
    )
    stamps = [m.header.stamp for m in robot.seen['camera/color/image_raw']]
    assert depth.header.stamp in stamps
    assert color.header.frame_id == info.header.frame_id == 'camera_color_optical_frame'
    assert image_from_message(color, 'rgb8').shape == (info.height, info.width, 3)
    millimetres = image_from_message(depth, '16UC1')
    assert 300 < np.median(millimetres[millimetres > 0]) < 4000
    assert 0 < (millimetres == 0).mean() < 0.3, 'a depth sensor has dropouts'


def test_no_image_has_to_wait_for_the_transforms_of_its_time(robot):
    images, frames = (
        robot.seen[topic] for topic in ('camera/aligned_depth_to_color/image_raw', 'tf')
    )
    robot.until(lambda: len(images) > 8, 'images')
    stamps = [seconds(m.header.stamp) for m in images]

    def placed():
        return {seconds(m.transforms[0].header.stamp) for m in frames}

    robot.until(lambda: max(placed()) >= stamps[-1], 'the transforms of the last image')
    # The first images may be older than the first transforms that were heard.
    stamps = [stamp for stamp in stamps if stamp > min(placed())]
    assert len(stamps) > 3
    assert set(stamps) <= placed()


def test_two_depth_images_are_never_alike(robot):
    first, second = robot.seen['camera/aligned_depth_to_color/image_raw'][:2]
    assert first.data != second.data


def test_camera_and_links_are_in_the_tree_of_the_base(robot):
    for frame in ('camera_color_optical_frame', 'tool0', 'wrist_3_link', 'shoulder_link'):
        assert np.isfinite(robot.tf.buffer.lookup('base_link', frame).matrix).all()


def test_commands_move_the_tool_and_their_end_stops_it(robot):
    before = robot.tool().copy()
    robot.drive(z=0.05, duration=0.4)
    end = robot.now + 0.3
    robot.until(lambda: robot.now > end, 'the timeout of the driver')
    moved = robot.tool() - before
    assert 0.015 < moved[2] < 0.026
    assert np.abs(moved[:2]).max() < 0.003
    assert np.abs(robot.seen['joint_states'][-1].velocity).max() < 1e-3


def test_a_command_in_another_frame_moves_nothing(robot):
    before = robot.tool().copy()
    robot.drive(frame='tool0', z=0.1)
    assert np.abs(robot.tool() - before).max() < 1e-4


def test_a_reset_brings_the_tool_back_and_time_goes_on(robot):
    robot.drive(z=0.1, duration=0.5)
    moved, before = robot.tool().copy(), robot.now
    future = robot.reset.call_async(Trigger.Request())
    robot.until(future.done, 'the reset')
    robot.until(lambda: robot.now > before + 0.2, 'time to go on')
    assert robot.tool()[2] < moved[2] - 0.02
    stamps = [seconds(m.header.stamp) for m in robot.seen['joint_states']]
    assert (np.diff(stamps) >= 0).all()


@pytest.mark.parametrize(
    ('parameter', 'message'),
    [
        ('garment:=cape', "garment: 'cape' is not one of: hospital_gown, t_shirt"),
        ('elbow:=30.0', 'elbow is unknown; allowed: camera_rate'),
    ],
)
def test_a_bad_parameter_ends_the_process_with_one_clear_line(parameter, message):
    process = start(parameter)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert message in output
    assert 'Traceback' not in output
