"""Topics that are looked at, and wake nobody."""

import time

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.experimental.events_executor import EventsExecutor
from std_msgs.msg import Int64

from valet_nodes.ros.open_node import OpenNode
from valet_nodes.ros.polled import Polled
from valet_nodes.ros.qos import RELIABLE


@pytest.fixture
def node():
    rclpy.init()
    node = rclpy.create_node('polled_test')
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


def sent(node, polled_kind, numbers):
    """A polled topic to which these have been sent, all of them delivered."""
    polled = polled_kind(node, Int64, 'numbers', RELIABLE)
    heard = []
    node.create_subscription(Int64, 'numbers', heard.append, RELIABLE)
    publisher, end = node.create_publisher(Int64, 'numbers', RELIABLE), time.monotonic() + 20.0
    while publisher.get_subscription_count() < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    for number in numbers:
        publisher.publish(Int64(data=number))
    while len(heard) < len(numbers):
        assert time.monotonic() < end
        rclpy.spin_once(node, timeout_sec=0.05)
    return polled


def test_messages_are_taken_in_order_and_once(node):
    polled = sent(node, Polled, [3, 1, 2])
    assert [message.data for message in polled.take()] == [3, 1, 2]
    assert polled.take() == []


def test_the_newest_stays(node):
    polled = sent(node, Polled, [3, 1])
    assert polled.newest().data == polled.newest().data == 1


def test_nothing_is_there_before_the_first(node):
    assert Polled(node, Int64, 'silence', RELIABLE).newest() is None


def test_no_executor_is_woken(node):
    polled = sent(node, Polled, [3])
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin_once(timeout_sec=0.1)
    assert polled.newest().data == 3, 'an executor took it'


def test_an_executor_by_events_leaves_it_to_the_node_that_polls():
    rclpy.init()
    node = OpenNode('polled_test')
    try:
        newest = node.newest(Int64, 'numbers', RELIABLE)
        heard = []
        node.create_subscription(Int64, 'numbers', heard.append, RELIABLE)
        publisher, end = node.create_publisher(Int64, 'numbers', RELIABLE), time.monotonic() + 20.0
        executor = EventsExecutor()
        executor.add_node(node)
        while publisher.get_subscription_count() < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        publisher.publish(Int64(data=3))
        while not heard:
            assert time.monotonic() < end
            executor.spin_once(timeout_sec=0.05)
        executor.remove_node(node)
        assert newest().data == 3, 'an executor took it'
    finally:
        node.close()
        node.destroy_node()
        rclpy.try_shutdown()
