"""Builds the messages of /diagnostics."""

import socket
from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

__all__ = ['ERROR', 'OK', 'STALE', 'WARN', 'diagnostic_array']

OK = DiagnosticStatus.OK
WARN = DiagnosticStatus.WARN
ERROR = DiagnosticStatus.ERROR
STALE = DiagnosticStatus.STALE


def diagnostic_array(
    node: Node, stamp: Time, part: str, level: bytes, message: str, values: Mapping[str, object]
) -> DiagnosticArray:
    """One status as the message of /diagnostics, which all robots of a domain share.

    Args:
        node: whose status it is. With its namespace it is in the name, and the namespace, or that
            of this computer without one, is the hardware.
        stamp: of the message.
        part: what of the node the status is about.
        level: OK, WARN, ERROR or STALE.
        message: one line for people.
        values: details by name; numbers are shown with three decimals.
    """
    status = DiagnosticStatus(
        level=level,
        name=f'{node.get_fully_qualified_name().lstrip("/")}: {part}',
        hardware_id=node.get_namespace().strip('/') or socket.gethostname(),
        message=message,
        values=[KeyValue(key=key, value=_text(value)) for key, value in values.items()],
    )
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array


def _text(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)
