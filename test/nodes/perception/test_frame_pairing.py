"""Which messages make a frame, and what is said of those that do not."""

import numpy as np
import pytest

from valet_core.common.errors import StaleInputError, ValetError
from valet_nodes.perception.frame_pairing import FramePairing
from valet_nodes.ros.conversions import (
    CameraModel,
    camera_to_message,
    image_to_message,
    make_header,
    stamp_of,
)

WIDTH, HEIGHT = 6, 4
K = np.array([[100.0, 0.0, 3.0], [0.0, 100.0, 2.0], [0.0, 0.0, 1.0]])
T_BASE_CAMERA = np.diag([1.0, -1.0, -1.0, 1.0])


def header(time):
    return make_header(stamp_of(time), 'camera_color_optical_frame')


def color(time):
    pixels = np.arange(HEIGHT * WIDTH * 3, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)
    return image_to_message(pixels, 'rgb8', header(time))


def depth(time):
    return image_to_message(np.full((HEIGHT, WIDTH), 1200, np.uint16), '16UC1', header(time))


def info(time, width=WIDTH):
    return camera_to_message(CameraModel(K, width, HEIGHT), header(time))


@pytest.fixture
def pairing():
    asked = []

    def lookup(frame, time):
        asked.append((frame, time))
        return T_BASE_CAMERA

    pairing = FramePairing(0.02, lookup)
    pairing.asked = asked
    return pairing


def test_messages_of_one_time_make_a_frame(pairing):
    pairing.take_color(color(4.99))
    pairing.take_color(color(5.0))
    pairing.take_info(info(5.01))
    frame = pairing.frame(depth(5.0))
    assert frame.stamp == 5.0
    assert frame.rgb[0, 1].tolist() == [3, 4, 5]
    assert (frame.depth_mm == 1200).all()
    assert frame.K.tolist() == K.tolist()
    assert frame.T_base_camera.tolist() == T_BASE_CAMERA.tolist()
    assert pairing.asked == [('camera_color_optical_frame', 5.0)]


def test_what_has_not_come_is_named(pairing):
    with pytest.raises(ValetError, match='camera/color/image_raw: nothing has been received'):
        pairing.frame(depth(5.0))
    pairing.take_color(color(5.0))
    with pytest.raises(ValetError, match='camera/color/camera_info: nothing has been received'):
        pairing.frame(depth(5.0))


@pytest.mark.parametrize('time', [4.97, 5.03])
def test_a_message_of_another_time_makes_no_frame(pairing, time):
    pairing.take_color(color(time))
    pairing.take_info(info(5.0))
    with pytest.raises(ValetError, match=r'image_raw: 0.030 s apart .* allowed 0.020 s'):
        pairing.frame(depth(5.0))


def test_a_camera_of_another_size_makes_no_frame(pairing):
    pairing.take_color(color(5.0))
    pairing.take_info(info(5.0, width=8))
    with pytest.raises(ValetError, match='for 8 x 4 px, and the image has 6 x 4'):
        pairing.frame(depth(5.0))


def test_an_error_of_a_conversion_names_the_topic(pairing):
    pairing.take_color(color(5.0))
    pairing.take_info(info(5.0))
    with pytest.raises(ValetError, match='camera/aligned_depth_to_color/image_raw: .*rgb8'):
        pairing.frame(color(5.0))


def test_a_camera_that_is_not_in_the_tree_makes_no_frame():
    def lookup(_frame, _time):
        raise StaleInputError('no transform')

    pairing = FramePairing(0.02, lookup)
    pairing.take_color(color(5.0))
    pairing.take_info(info(5.0))
    with pytest.raises(StaleInputError, match='no transform'):
        pairing.frame(depth(5.0))
