"""Messages of mobile bases, goals in other frames, and what a simulated sensor can break."""

import math

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped, Quaternion
from nav_msgs.msg import Path
from sensor_msgs.msg import LaserScan

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_nodes.mobility.goal_frame import FramedRoute
from valet_nodes.mobility.mobile_messages import (
    odom_from_message,
    odom_to_message,
    path_to_message,
    poses_from_message,
    quaternion_of,
    scan_from_message,
    scan_to_message,
    yaw_of,
)
from valet_nodes.mobility.mobility_inputs import MobilityInputs
from valet_nodes.mobility.sim_faults import BaseSensors
from valet_nodes.ros.conversions import make_header, stamp_of, transform_to_message
from valet_nodes.ros.tf_buffer import TransformBuffer

HEADER = make_header(stamp_of(1.0), 'odom')
BODY = find_embodiment('jackal')


@pytest.mark.parametrize('yaw', [0.0, 1.2, -3.0, math.pi])
def test_headings_survive(yaw):
    assert math.remainder(yaw_of(quaternion_of(yaw)) - yaw, 2 * math.pi) == pytest.approx(0.0)


def test_all_zeros_mean_any_heading_and_a_message_left_alone_means_forward():
    assert math.isnan(yaw_of(quaternion_of(math.nan)))
    assert yaw_of(PoseStamped().pose.orientation) == 0.0


@pytest.mark.parametrize('w', [2.0, math.nan])
def test_a_quaternion_that_is_none_is_refused(w):
    with pytest.raises(InvalidInputError, match='orientation: received quaternion'):
        yaw_of(Quaternion(w=w))


def test_odometry_survives():
    state = np.array([1.0, -2.0, 0.5, 0.3, 0.1, -0.2])
    message = odom_to_message(state[:3], state[3:], HEADER, 'base_link')
    assert odom_from_message(message) == pytest.approx(state)
    message.pose.pose.orientation.w = 9.0
    assert math.isnan(odom_from_message(message)[2])


def test_a_scan_survives_and_no_return_is_infinite():
    ranges = np.linspace(0.5, 12.0, 720).astype(np.float32)
    message = scan_to_message(ranges, BODY.sensor, HEADER, 0.05)
    received = scan_from_message(message, BODY.sensor)
    near = ranges < 10.0
    assert np.array_equal(received[near], ranges[near])
    assert np.isinf(received[~near]).all()


def test_a_scan_of_another_scanner_is_refused():
    message = scan_to_message(np.ones(720), BODY.sensor, HEADER, 0.05)
    with pytest.raises(InvalidInputError, match='scan: received 720 ranges; allowed: 360'):
        scan_from_message(message, find_embodiment('carter').sensor)
    message.angle_min = -1.0
    with pytest.raises(InvalidInputError, match='angle_min -1.0'):
        scan_from_message(message, BODY.sensor)
    with pytest.raises(InvalidInputError, match='received 0 ranges'):
        scan_from_message(LaserScan(), BODY.sensor)


def test_a_path_gives_its_points_and_the_heading_of_its_end():
    points, yaw = poses_from_message(
        path_to_message(np.array([[0, 0], [1, 2]]), HEADER, 0.7).poses
    )
    assert points.tolist() == [[0, 0], [1, 2]] and yaw == pytest.approx(0.7)
    points, yaw = poses_from_message(Path().poses)
    assert points.shape == (0, 2)


def put(buffer, frame, x, yaw):
    matrix = np.eye(4)
    matrix[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    matrix[0, 3] = x
    buffer.insert([transform_to_message(matrix, make_header(stamp_of(1.0), frame), 'odom')])


def test_a_goal_in_a_frame_that_tf_knows_is_where_it_should_be():
    buffer = TransformBuffer()
    put(buffer, 'map', 2.0, math.pi / 2)  # T_map_odom
    goal = FramedRoute(np.array([[2.0, 3.0]]), 1.0, 'map', 'odom', 'base_link', buffer)
    points, yaw = goal.in_odom()
    assert points[0] == pytest.approx([3.0, 0.0])
    assert yaw == pytest.approx(1.0 - math.pi / 2)
    assert goal.moves
    put(buffer, 'map', 4.0, math.pi / 2)
    assert goal.in_odom()[0][0] == pytest.approx([3.0, 2.0])


@pytest.mark.parametrize('frame', ['map', ''])
def test_a_goal_in_a_frame_that_is_not_connected_is_refused(frame):
    with pytest.raises(InvalidInputError, match=f"received frame '{frame}'.*'odom'"):
        FramedRoute(np.zeros((1, 2)), 0.0, frame, 'odom', 'base_link', TransformBuffer())


def test_a_goal_ahead_of_the_base_stays_where_it_was():
    matrix = np.eye(4)
    matrix[0, 3] = 5.0
    buffer = TransformBuffer()
    buffer.insert([transform_to_message(matrix, HEADER, 'base_link')])
    goal = FramedRoute(np.array([[1.0, 0.0]]), 0.0, 'base_link', 'odom', 'base_link', buffer)
    matrix[0, 3] = 9.0
    buffer.insert([transform_to_message(matrix, HEADER, 'base_link')])
    assert goal.in_odom()[0].tolist() == [[6.0, 0.0]]
    assert not goal.moves


def inputs_with(scan_time, odom):
    inputs = MobilityInputs(BODY, 0.3, 'odom', 'base_link')
    for time, state in odom:
        header = make_header(stamp_of(time), 'odom')
        state = np.array(state, dtype=float)
        inputs.on_odom(odom_to_message(state[:3], state[3:], header, 'base_link'))
    header = make_header(stamp_of(scan_time), 'laser')
    inputs.on_scan(scan_to_message(np.full(720, 2.0), BODY.sensor, header, 0.05))
    return inputs


def test_odometry_is_that_of_the_time_of_the_scan():
    odom = [(1.0, [0, 0, 3.1, 1, 0, 0]), (1.1, [0.2, 0, -3.1, 2, 0, 0])]
    seen = inputs_with(1.05, odom).observation(1.1)
    assert seen.time == pytest.approx(1.05)
    assert seen.odom[:2] == pytest.approx([0.1, 0.0])
    assert abs(math.remainder(seen.odom[2] - math.pi, 2 * math.pi)) < 1e-6  # the short way round
    assert seen.velocity[0] == pytest.approx(1.5)
    later = inputs_with(1.15, odom[:1] + [(1.1, [0.2, 0, 0, 2, 0, 0])]).observation(1.2)
    assert later.odom == pytest.approx([0.3, 0.0, 0.0])


def test_inputs_that_are_old_or_absent_are_named():
    odom = [(1.0, [0] * 6)]
    with pytest.raises(StaleInputError, match='scan: 0.50 s old, allowed 0.30 s'):
        inputs_with(1.0, odom).observation(1.5)
    with pytest.raises(StaleInputError, match='odom: 0.40 s old'):
        inputs_with(1.4, odom).observation(1.4)
    with pytest.raises(StaleInputError, match='odom: nothing has been received'):
        inputs_with(1.0, []).observation(1.0)
    with pytest.raises(StaleInputError, match='scan: nothing has been received'):
        MobilityInputs(BODY, 0.3, 'odom', 'base_link').observation(1.0)


def test_odometry_between_other_frames_is_refused():
    inputs = inputs_with(1.0, [(1.0, [0] * 6)])
    message = odom_to_message(np.zeros(3), np.zeros(3), HEADER, 'base_footprint')
    inputs.on_odom(message)
    with pytest.raises(InvalidInputError, match="received 'base_footprint' in frame 'odom'"):
        inputs.observation(1.0)


def test_faults_of_the_sensors():
    sensors = BaseSensors()
    first = sensors.scan(np.array([1.0, 2.0] * 10), 'none')
    assert sensors.scan(np.array([3.0, 4.0] * 10), 'scan_frozen') is first
    assert sensors.scan(first, 'scan_silent') is None
    assert np.isnan(sensors.scan(first, 'scan_nan')).all()
    assert len(sensors.scan(first, 'scan_size')) == len(first) - 7
    assert sensors.odom(np.zeros(3), 'odom_jump')[0] == 3.0
    assert sensors.odom(np.zeros(3), 'odom_silent') is None
    assert np.isnan(sensors.odom(np.zeros(3), 'odom_nan')).all()
