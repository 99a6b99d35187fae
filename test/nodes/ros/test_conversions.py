"""Messages from and to arrays: round trips, and what malformed ones raise."""

import numpy as np
import pytest
from geometry_msgs.msg import Transform
from sensor_msgs.msg import Image, PointCloud2, PointField
from std_msgs.msg import Header

from valet_core.common.errors import InvalidInputError
from valet_core.perception.arm_estimate import ArmEstimate
from valet_nodes.ros import conversions as cv

HEADER = cv.make_header(cv.stamp_of(12.25), 'camera')


def colour(height=4, width=6):
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def depth(height=4, width=6):
    return (1000 + np.arange(height * width, dtype=np.uint16)).reshape(height, width)


@pytest.mark.parametrize(('pixels', 'encoding'), [(colour(), 'rgb8'), (depth(), '16UC1')])
def test_an_image_survives_the_round_trip(pixels, encoding):
    message = cv.image_to_message(pixels, encoding, HEADER)
    assert (message.height, message.width, message.header) == (4, 6, HEADER)
    result = cv.image_from_message(message, encoding)
    assert result.dtype == pixels.dtype
    assert (result == pixels).all()


def test_an_image_that_is_a_view_is_copied_in_order():
    message = cv.image_to_message(colour()[:, ::2], 'rgb8', HEADER)
    assert (cv.image_from_message(message, 'rgb8') == colour()[:, ::2]).all()


def test_padded_rows_are_skipped():
    message = Image(height=2, width=2, encoding='16UC1', step=6)
    message.data = np.array([1, 2, 99, 3, 4, 99], np.uint16).tobytes()
    assert cv.image_from_message(message, '16UC1').tolist() == [[1, 2], [3, 4]]


def test_big_endian_depth_is_swapped():
    message = cv.image_to_message(depth().byteswap(), '16UC1', HEADER)
    message.is_bigendian = 1
    assert (cv.image_from_message(message, '16UC1') == depth()).all()


def test_pixels_cannot_be_written():
    result = cv.image_from_message(cv.image_to_message(colour(), 'rgb8', HEADER), 'rgb8')
    with pytest.raises(ValueError, match='read-only'):
        result[0, 0, 0] = 1


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'encoding': 'bgr8'}, "encoding 'bgr8', allowed: 'rgb8'"),
        ({'height': 5}, 'data of 72 bytes, step x height is 18 x 5 = 90'),
        ({'step': 17}, 'step 17 bytes, at least 18 needed for 6 px'),
        ({'step': 24}, 'data of 72 bytes, step x height is 24 x 4 = 96'),
        ({'width': 7}, 'step 18 bytes, at least 21 needed'),
        ({'height': 0}, 'image of 6 x 0 pixels'),
        ({'data': b''}, 'data of 0 bytes'),
    ],
)
def test_a_malformed_image_is_an_error_that_says_what_was_received(change, message):
    image = cv.image_to_message(colour(), 'rgb8', HEADER)
    for name, value in change.items():
        setattr(image, name, value)
    with pytest.raises(InvalidInputError, match=message):
        cv.image_from_message(image, 'rgb8')


@pytest.mark.parametrize('pixels', [depth(), colour().astype(np.uint16), colour()[..., :2]])
def test_pixels_that_do_not_fit_the_encoding_are_an_error(pixels):
    with pytest.raises(InvalidInputError, match='rgb8 needs uint8 with 3'):
        cv.image_to_message(pixels, 'rgb8', HEADER)


def test_a_camera_survives_the_round_trip():
    camera = cv.CameraModel(np.array([[300.0, 0, 160], [0, 301.0, 120], [0, 0, 1]]), 320, 240)
    message = cv.camera_to_message(camera, HEADER)
    result = cv.camera_from_message(message)
    assert (result.matrix == camera.matrix).all()
    assert (result.width, result.height) == (320, 240)
    assert message.p.reshape(3, 4)[:, :3].tolist() == camera.matrix.tolist()


@pytest.mark.parametrize('change', [{'k': np.zeros(9)}, {'k': np.full(9, np.nan)}, {'width': 0}])
def test_a_camera_without_calibration_is_an_error(change):
    message = cv.camera_to_message(cv.CameraModel(np.eye(3), 320, 240), HEADER)
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InvalidInputError, match='camera_info'):
        cv.camera_from_message(message)


@pytest.mark.parametrize('count', [0, 1, 1000])
def test_a_cloud_survives_the_round_trip(count):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(count, 3)).astype(np.float32)
    labels = rng.integers(0, 4, count).astype(np.uint8)
    message = cv.cloud_to_message(points, labels, HEADER)
    assert [f.name for f in message.fields] == ['x', 'y', 'z', 'label']
    result = cv.cloud_from_message(message)
    assert (result[0] == points).all()
    assert (result[1] == labels).all()
    assert result[0].dtype == np.float32
    assert result[1].dtype == np.uint8


def foreign_cloud():
    """Three points with another order of fields, and one that is not asked for."""
    layout = np.dtype([('label', 'u1'), ('z', '<f4'), ('i', '<f4'), ('x', '<f4'), ('y', '<f4')])
    rows = np.zeros(3, layout)
    rows['x'], rows['y'], rows['z'], rows['label'] = [1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 2]
    message = PointCloud2(height=1, width=3, point_step=17, row_step=51, data=rows.tobytes())
    kinds = {'label': PointField.UINT8}
    message.fields = [
        PointField(name=n, offset=layout.fields[n][1], datatype=kinds.get(n, 7), count=1)
        for n in layout.names
    ]
    return message


def test_a_cloud_of_another_layout_is_read():
    points, labels = cv.cloud_from_message(foreign_cloud())
    assert points.tolist() == [[1, 4, 7], [2, 5, 8], [3, 6, 9]]
    assert labels.tolist() == [0, 1, 2]


def test_a_cloud_without_labels_is_an_error_that_lists_what_it_has():
    message = foreign_cloud()
    message.fields = message.fields[1:]
    with pytest.raises(InvalidInputError, match='cloud fields: z .type 7., i .*needed: x y z'):
        cv.cloud_from_message(message)


@pytest.mark.parametrize('change', [{'width': 4}, {'data': b'12'}, {'point_step': 4}])
def test_a_cloud_of_the_wrong_size_is_an_error(change):
    message = foreign_cloud()
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InvalidInputError, match='cloud'):
        cv.cloud_from_message(message)


def test_a_field_beyond_its_point_is_an_error():
    message = foreign_cloud()
    message.fields[1].offset = 15
    with pytest.raises(InvalidInputError, match='cloud point of 17 bytes'):
        cv.cloud_from_message(message)


def test_an_arm_survives_the_round_trip():
    arm = ArmEstimate(np.arange(12.0).reshape(4, 3), np.array([0.25, 0.5, 0.75, 1.0]))
    message = cv.arm_to_message(arm, HEADER, captured=True, source=2)
    assert (message.elbow.x, message.captured, message.source) == (3.0, True, 2)
    result = cv.arm_from_message(message)
    assert (result.joints == arm.joints).all()
    assert (result.confidence == arm.confidence).all()


def test_twists_and_wrenches_survive_the_round_trip():
    values = np.arange(1.0, 7.0)
    assert (cv.twist_from_message(cv.twist_to_message(values)) == values).all()
    assert (cv.wrench_from_message(cv.wrench_to_message(values)) == values).all()
    assert cv.twist_to_message(values).angular.x == 4.0
    assert cv.wrench_to_message(values).force.z == 3.0


def test_a_quarter_turn_about_z_maps_x_to_y():
    message = Transform()
    message.translation.x = 1.0
    message.rotation.z = message.rotation.w = np.sqrt(0.5)
    T_parent_child = cv.transform_from_message(message)
    assert T_parent_child @ [1.0, 0.0, 0.0, 1.0] == pytest.approx([1.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize('seed', range(8))
def test_a_transform_survives_the_round_trip(seed):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.linalg.det(rotation)
    matrix[:3, 3] = rng.normal(size=3)
    message = cv.transform_to_message(matrix, HEADER, 'tool0')
    assert message.child_frame_id == 'tool0'
    assert cv.transform_from_message(message.transform) == pytest.approx(matrix)


@pytest.mark.parametrize(
    'turned', [np.diag([1, -1, -1]), np.diag([-1, 1, -1]), np.diag([-1, -1, 1])]
)
def test_a_half_turn_survives_the_round_trip(turned):
    matrix = np.eye(4)
    matrix[:3, :3] = turned
    message = cv.transform_to_message(matrix, HEADER, 'tool0')
    assert cv.transform_from_message(message.transform) == pytest.approx(matrix)


@pytest.mark.parametrize('rotation', [(0.0, 0.0), (2.0, 0.0), (float('nan'), 1.0)])
def test_a_quaternion_that_is_not_of_unit_length_is_an_error(rotation):
    message = Transform()
    message.rotation.z, message.rotation.w = rotation
    with pytest.raises(InvalidInputError, match='unit quaternion'):
        cv.transform_from_message(message)


@pytest.mark.parametrize('time', [0.0, 0.25, 1e9 + 0.123456])
def test_a_stamp_survives_the_round_trip(time):
    assert cv.seconds(cv.stamp_of(time)) == pytest.approx(time, abs=1e-6)


def test_a_header_carries_stamp_and_frame():
    assert cv.make_header(cv.stamp_of(1.5), 'x') == Header(stamp=cv.stamp_of(1.5), frame_id='x')
