"""Builds the messages of /diagnostics."""

from collections.abc import Mapping

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

__all__ = ['ERROR', 'OK', 'STALE', 'WARN', 'diagnostic_array']

OK = DiagnosticStatus.OK
WARN = DiagnosticStatus.WARN
ERROR = DiagnosticStatus.ERROR
STALE = DiagnosticStatus.STALE


def diagnostic_array(
    stamp: Time, name: str, level: bytes, message: str, values: Mapping[str, object]
) -> DiagnosticArray:
    """One status as the message of /diagnostics.

    Args:
        stamp: of the message.
        name: what the status is of, '<node>: <part>'.
        level: OK, WARN, ERROR or STALE.
        message: one line for people.
        values: details by name; numbers are shown with three decimals.
    """
    pairs = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    status = DiagnosticStatus(level=level, name=name, message=message, values=pairs)
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array


def _text(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)
