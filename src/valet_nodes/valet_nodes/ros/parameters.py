"""Declares a configuration as ROS parameters: description, unit, range, no unknown keys."""

import array
import dataclasses
import typing
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from valet_core.common.errors import ConfigError

__all__ = ['declare_choice', 'declare_config']

T = TypeVar('T')

# Parameters of rclpy itself, which any node may be given.
_ROS_PARAMETERS = ('use_sim_time', 'start_type_description_service')
_ROS_PREFIX = 'qos_overrides.'


class _Leaf(typing.NamedTuple):
    """One parameter: full name, type as annotated, the field and its default."""

    name: str
    hint: Any
    field: dataclasses.Field
    default: Any


def declare_choice(node: Node, name: str, choices: Sequence[str], description: str = '') -> None:
    """Declare a string that may change while the node runs; other values are refused.

    Args:
        node: whose parameter it becomes.
        name: of the parameter.
        choices: what is allowed; the first is the default.
        description: of the parameter, for people.
    """

    def check(parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            if parameter.name == name and parameter.value not in choices:
                reason = f'{name}: {parameter.value!r} is not one of: {", ".join(choices)}'
                return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)

    node.add_on_set_parameters_callback(check)
    allowed = f'one of: {", ".join(choices)}'
    descriptor = ParameterDescriptor(description=description, additional_constraints=allowed)
    node.declare_parameter(name, choices[0], descriptor)


def declare_config(node: Node, config_class: type[T], prefix: str = '') -> T:
    """Declare each field as a read-only parameter and return the configuration as it is set.

    Fields of nested configurations get dotted names. Overrides come from the command line and
    from params files.

    Args:
        node: whose parameters they become.
        config_class: a frozen dataclass of `valet_core.common.config.setting` fields.
        prefix: put before each name, with a dot. A node with several configurations declares
            that without a prefix last.

    Raises:
        ConfigError: for a value that is not allowed, and for a parameter given to this node
            that nothing declares; with the name and what is allowed.
    """
    where = f'{node.get_fully_qualified_name()}: parameter '
    start = f'{prefix}.' if prefix else ''
    # rclpy offers the overrides in public only to nodes that accept every one of them.
    overrides = node._parameter_overrides
    leaves = {leaf.name: leaf for leaf in _leaves(config_class, start, _default(config_class))}
    _reject_unknown(node, overrides, leaves, start, where)
    values = {name: leaf.default for name, leaf in leaves.items()}
    for name, leaf in leaves.items():
        if name in overrides:
            values[name] = _plain(overrides[name].value, leaf.hint)
    try:
        config = _build(config_class, values, start)
    except ConfigError as error:
        raise ConfigError(f'{where}{error}') from None
    for name, leaf in leaves.items():
        if node.has_parameter(name):  # of an earlier attempt, which failed after this
            continue
        value = values[name]
        node.declare_parameter(
            name,
            list(value) if isinstance(value, tuple) else value,
            _descriptor(leaf),
            ignore_override=True,
        )
    return config


def _default(config_class: type[T]) -> T | None:
    """The configuration with no override, where it has a default for everything."""
    try:
        return config_class()
    except TypeError:
        return None


def _leaves(config_class: type, start: str, default: Any) -> Iterator[_Leaf]:
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        value = getattr(default, field.name, None)
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint):
            yield from _leaves(hint, f'{start}{field.name}.', value)  # type: ignore[arg-type]
        else:
            yield _Leaf(f'{start}{field.name}', hint, field, value)


def _reject_unknown(
    node: Node, overrides: dict[str, Any], leaves: dict[str, _Leaf], start: str, where: str
) -> None:
    for name in overrides:
        known = name in leaves or node.has_parameter(name) or name in _ROS_PARAMETERS
        if not known and name.startswith(start) and not name.startswith(_ROS_PREFIX):
            raise ConfigError(f'{where}{name} is unknown; allowed: {", ".join(sorted(leaves))}')


def _build(config_class: type[T], values: dict[str, Any], start: str) -> T:
    hints = typing.get_type_hints(config_class)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(config_class):  # type: ignore[arg-type]
        name, hint = f'{start}{field.name}', hints[field.name]
        if dataclasses.is_dataclass(hint):
            fields[field.name] = _build(hint, values, f'{name}.')  # type: ignore[arg-type]
        else:
            fields[field.name] = values[name]
    try:
        return config_class(**fields)
    except ConfigError as error:
        message = str(error)
        # A nested configuration has put its own names before the message already.
        raise ConfigError(message if message.startswith(start) else start + message) from None


def _plain(value: Any, hint: Any) -> Any:
    """A parameter's value as the field wants it: tuples for lists, 1 for 1.0."""
    if isinstance(value, (list, array.array)):
        items = typing.get_args(hint)
        return tuple(_plain(item, items[0] if items else None) for item in value)
    wants_float = hint is float or float in typing.get_args(hint)
    if wants_float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _descriptor(leaf: _Leaf) -> ParameterDescriptor:
    metadata = leaf.field.metadata
    unit, choices = metadata.get('unit'), metadata.get('choices')
    low, high = metadata.get('low'), metadata.get('high')
    descriptor = ParameterDescriptor(
        description=metadata.get('description', '') + (f' [{unit}]' if unit else ''),
        read_only=True,
        # A field that may be None has no type to hold on to.
        dynamic_typing=type(None) in typing.get_args(leaf.hint),
    )
    if choices:
        descriptor.additional_constraints = f'one of: {", ".join(map(str, choices))}'
    elif low is not None and high is not None and leaf.hint is float:
        span = FloatingPointRange(from_value=float(low), to_value=float(high))
        descriptor.floating_point_range = [span]
    elif low is not None and high is not None and leaf.hint is int:
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    elif low is not None or high is not None:
        descriptor.additional_constraints = f'allowed: {low}..{high}'
    return descriptor
