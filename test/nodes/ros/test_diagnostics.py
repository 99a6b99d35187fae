"""A status of /diagnostics says of which robot it is."""

import socket

import pytest
import rclpy
from builtin_interfaces.msg import Time
from rclpy.node import Node

from valet_nodes.ros.diagnostics import OK, diagnostic_array


@pytest.mark.parametrize(
    ('namespace', 'name', 'hardware'),
    [('/lab/left', 'lab/left/arm: force', 'lab/left'), ('', 'arm: force', socket.gethostname())],
)
def test_name_and_hardware_are_those_of_the_namespace(namespace, name, hardware):
    context = rclpy.Context()
    rclpy.init(context=context)
    node = Node('arm', namespace=namespace, context=context)
    (status,) = diagnostic_array(node, Time(sec=3), 'force', OK, 'fine', {'f': 0.5}).status
    assert (status.name, status.hardware_id) == (name, hardware)
    assert (status.values[0].key, status.values[0].value) == ('f', '0.500')
    node.destroy_node()
    rclpy.shutdown(context=context)
