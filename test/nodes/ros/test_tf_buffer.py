"""Lookups along the tree of frames."""

import time

import numpy as np
import pytest
import rclpy
from tf2_msgs.msg import TFMessage

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_nodes.ros.conversions import make_header, stamp_of, transform_to_message
from valet_nodes.ros.qos import TF
from valet_nodes.ros.tf_buffer import TransformBuffer
from valet_nodes.ros.tf_listener import TransformListener


def transform(parent, child, x=0.0, y=0.0, turn=0.0, stamp=1.0):
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:2, 3] = x, y
    return transform_to_message(matrix, make_header(stamp_of(stamp), parent), child)


@pytest.fixture
def buffer():
    """The world, an arm of two links on it that move, and a camera that does not."""
    buffer = TransformBuffer()
    buffer.insert([transform('world', 'base', x=1.0)], static=True)
    buffer.insert([transform('world', 'camera', y=2.0, turn=np.pi / 2)], static=True)
    buffer.insert(
        [
            transform('base', 'link', x=0.5, stamp=10.0),
            transform('link', 'tool', x=0.25, stamp=10.02),
        ]
    )
    return buffer


def test_down_the_tree(buffer):
    found = buffer.lookup('base', 'tool')
    assert found.matrix[:3, 3] == pytest.approx([0.75, 0.0, 0.0])
    assert found.stamp == 10.0  # that of the oldest link


def test_up_the_tree_is_the_inverse(buffer):
    forth, back = buffer.lookup('base', 'tool').matrix, buffer.lookup('tool', 'base').matrix
    assert forth @ back == pytest.approx(np.eye(4))


def test_across_the_tree(buffer):
    # base is at (1, 0) of the world; the camera at (0, 2), its x along the world's y.
    found = buffer.lookup('camera', 'base')
    assert found.matrix[:3, 3] == pytest.approx([-2.0, -1.0, 0.0])
    assert found.stamp == float('inf')


def test_a_frame_in_itself_is_the_identity(buffer):
    assert buffer.lookup('tool', 'tool').matrix == pytest.approx(np.eye(4))


def test_the_newest_transform_is_kept(buffer):
    buffer.insert([transform('link', 'tool', x=0.4, stamp=11.0)])
    buffer.insert([transform('link', 'tool', x=9.0, stamp=10.5)])
    assert buffer.lookup('link', 'tool').matrix[0, 3] == pytest.approx(0.4)


def test_a_transform_near_the_time_asked_for_is_taken(buffer):
    assert buffer.lookup('base', 'tool', stamp=10.09, tolerance=0.1).stamp == 10.0


@pytest.mark.parametrize(('stamp', 'word'), [(10.5, 'before'), (9.5, 'after')])
def test_a_transform_of_another_time_is_an_error_with_its_age(buffer, stamp, word):
    with pytest.raises(StaleInputError, match=f"'tool' to 'base' is 0.500 s {word} .* 0.100 s"):
        buffer.lookup('base', 'tool', stamp=stamp, tolerance=0.1)


def test_of_several_the_one_nearest_to_the_time_asked_for_is_taken(buffer):
    for i in range(1, 5):
        buffer.insert([transform('base', 'link', x=0.5 + i, stamp=10.0 + 0.1 * i)])
    found = buffer.lookup('base', 'link', stamp=10.24, tolerance=0.1)
    assert found.matrix[0, 3] == pytest.approx(2.5)
    assert found.stamp == pytest.approx(10.2)
    assert buffer.lookup('base', 'link').matrix[0, 3] == pytest.approx(4.5)


def test_transforms_are_kept_for_a_while_only(buffer):
    buffer.insert([transform('base', 'link', x=3.0, stamp=12.0)])
    with pytest.raises(StaleInputError, match='after the time'):
        buffer.lookup('base', 'link', stamp=10.0, tolerance=0.1)


def test_a_static_transform_is_of_every_time(buffer):
    assert buffer.lookup('world', 'camera', stamp=1e6).stamp == float('inf')


def test_an_unknown_frame_is_an_error_that_lists_the_known(buffer):
    with pytest.raises(StaleInputError, match="from 'hand' to 'base'; known frames: base, camera"):
        buffer.lookup('base', 'hand')


def test_an_empty_buffer_says_so():
    with pytest.raises(StaleInputError, match='known frames: none'):
        TransformBuffer().lookup('base', 'tool')


def test_a_cycle_ends(buffer):
    buffer.insert([transform('tool', 'base', stamp=11.0)])
    buffer.clear()
    buffer.insert([transform('a', 'b'), transform('b', 'a')])
    with pytest.raises(StaleInputError, match='no transform'):
        buffer.lookup('world', 'a')


def test_clear_keeps_what_is_static(buffer):
    buffer.clear()
    assert buffer.lookup('world', 'base').matrix[0, 3] == 1.0
    with pytest.raises(StaleInputError):
        buffer.lookup('base', 'tool')


def test_a_transform_of_the_future_is_left_out_and_hides_no_later_one(buffer):
    assert buffer.insert([transform('base', 'link', x=9.0, stamp=1000.0)], now=10.05) == [
        "'link' by 989.950 s"
    ]
    assert buffer.insert([transform('base', 'link', x=0.6, stamp=10.1)], now=10.05) == []
    found = buffer.lookup('base', 'link')
    assert (found.matrix[0, 3], found.stamp) == (pytest.approx(0.6), pytest.approx(10.1))
    assert buffer.lookup('base', 'link', stamp=10.0).matrix[0, 3] == pytest.approx(0.5)


def test_a_listener_goes_by_the_clock_of_its_node_and_says_what_it_leaves_out(capfd):
    rclpy.init()
    try:
        node = rclpy.create_node('tf_test')
        listener, publisher = TransformListener(node), node.create_publisher(TFMessage, 'tf', TF)
        now = 1e-9 * node.get_clock().now().nanoseconds
        sent = [
            transform('base', 'link', x=9.0, stamp=now + 60.0),
            transform('base', 'link', x=0.6, stamp=now),
        ]
        heard, end = [], time.monotonic() + 20.0
        node.create_subscription(TFMessage, 'tf', heard.append, TF)
        while len(heard) < 2 and time.monotonic() < end:
            publisher.publish(TFMessage(transforms=sent))
            rclpy.spin_once(node, timeout_sec=0.05)
        assert listener.buffer.lookup('base', 'link').matrix[0, 3] == pytest.approx(0.6)
        assert "ahead of the clock: 'link' by " in capfd.readouterr().err
        node.destroy_node()
    finally:
        rclpy.try_shutdown()


def test_a_malformed_transform_is_an_error(buffer):
    bad = transform('link', 'tool', stamp=12.0)
    bad.transform.rotation.w = float('nan')
    buffer.insert([bad])
    with pytest.raises(InvalidInputError, match='unit quaternion'):
        buffer.lookup('base', 'tool')
