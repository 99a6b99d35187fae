"""Messages by the name of their type, from YAML and to YAML, as the `ros2` command has them."""

import importlib
from collections.abc import Mapping
from typing import Any

import yaml

from valet_core.common.errors import InvalidInputError

__all__ = ['fill', 'from_text', 'interface', 'to_text']

_MOST = 128  # elements of an array that are shown


def interface(name: str, kind: str) -> Any:
    """Return the class of an interface.

    Args:
        name: such as std_msgs/msg/Bool, or std_msgs/Bool.
        kind: msg, srv or action.

    Raises:
        InvalidInputError: when it is not of that form or not installed.
    """
    words = name.split('/')
    if len(words) == 2:
        words.insert(1, kind)
    if len(words) != 3 or words[1] != kind:
        raise InvalidInputError(f'type {name!r} is not of the form package/{kind}/Name')
    try:
        return getattr(importlib.import_module(f'{words[0]}.{kind}'), words[2])
    except (ImportError, AttributeError) as error:
        raise InvalidInputError(f'type {name!r} is not installed: {error}') from error


def from_text(message: Any, text: str, now: Any = None) -> Any:
    """Fill a message with values written in YAML, and return it.

    Args:
        message: to fill.
        text: a mapping of fields, such as `{data: true}`; fields that it leaves out stay.
        now: message builtin_interfaces/Time for the value `now`.

    Raises:
        InvalidInputError: naming the field, what was received and what is allowed.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInputError(f'values {text!r} are not YAML: {error}') from error
    fill(message, {} if values is None else values, now)
    return message


def fill(message: Any, values: Any, now: Any = None, where: str = '') -> None:
    """Fill a message from plain values, as `from_text`; `where` is what messages call it."""
    fields = message.get_fields_and_field_types()
    if not isinstance(values, Mapping):
        allowed = '{' + ', '.join(f'{name}: {kind}' for name, kind in fields.items()) + '}'
        raise InvalidInputError(f'{where or "values"}: received {values!r}; allowed: {allowed}')
    message._check_fields = True  # a wrong value is an error, and no crash when it is sent
    for (field, kind), slot in zip(fields.items(), message.SLOT_TYPES, strict=True):
        if field in values:
            value = _value(getattr(message, field), slot, values[field], now, f'{where}{field}')
            try:
                setattr(message, field, value)
            except (AssertionError, TypeError, ValueError) as error:
                received = f'{where}{field}: received {values[field]!r}'
                raise InvalidInputError(f'{received}; allowed: {kind}') from error
    if unknown := sorted(set(values) - set(fields)):
        allowed = ', '.join(fields)
        raise InvalidInputError(f'no field {where}{unknown[0]}; there are: {allowed}')


def _value(present: Any, slot: Any, value: Any, now: Any, where: str) -> Any:
    """Turn a plain value into that of a field."""
    if hasattr(present, 'get_fields_and_field_types'):
        if value == 'now' and isinstance(present, type(now)):
            return now
        fill(present, value, now, f'{where}.')
        return present
    element = getattr(slot, 'value_type', slot)
    if element is not slot and hasattr(element, 'namespaces') and isinstance(value, list):
        made = [interface('/'.join(element.namespaced_name()), 'msg')() for _ in value]
        for index, (item, row) in enumerate(zip(made, value, strict=True)):
            fill(item, row, now, f'{where}[{index}].')
        return made
    if getattr(element, 'typename', '') in ('float', 'double'):
        return _to_float(value)
    return bytes([value]) if isinstance(present, bytes) and isinstance(value, int) else value


def _to_float(value: Any) -> Any:
    """Write whole numbers as floats, which YAML tells apart and a user does not."""
    if isinstance(value, list):
        return [_to_float(item) for item in value]
    return float(value) if type(value) is int else value


def to_text(message: Any) -> str:
    """Return a message as YAML; arrays are cut after 128 elements."""
    return yaml.safe_dump(_plain(message), sort_keys=False, allow_unicode=True, width=10**6)


def _plain(value: Any) -> Any:
    if hasattr(value, 'get_fields_and_field_types'):
        return {name: _plain(getattr(value, name)) for name in value.get_fields_and_field_types()}
    if isinstance(value, bytes):
        return value[0] if len(value) == 1 else list(value)
    if hasattr(value, '__len__') and not isinstance(value, str):
        items = [_plain(item) for item in value[:_MOST]]
        return [*items, '...'] if len(value) > _MOST else items
    return value.item() if hasattr(value, 'item') else value
