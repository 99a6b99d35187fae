"""Values of parameters in launch files, typed by the rules of ROS 2's launch."""

from typing import Any

import yaml

from valet_nodes.launch.actions import Parameter
from valet_nodes.launch.context import Context
from valet_nodes.launch.entity import Text
from valet_nodes.launch.errors import LaunchFileError, Where
from valet_nodes.launch.substitutions import perform

__all__ = ['evaluate_parameter', 'evaluate_value', 'typed_value']

_SCALARS: dict[str, type] = {'bool': bool, 'int': int, 'float': float, 'str': str}


def evaluate_parameter(parameter: Parameter, context: Context) -> tuple[str, Any]:
    """Return the name and the value of a parameter; nested ones give a dict.

    Raises:
        LaunchFileError: When a value does not have the type that is asked for.
    """
    name = perform(parameter.name.template, context, parameter.name.where)
    if isinstance(parameter.value, tuple):
        return name, dict(evaluate_parameter(child, context) for child in parameter.value)
    return name, evaluate_value(parameter.value, context, parameter.type_name, parameter.where)


def evaluate_value(value: Any, context: Context, type_name: str | None, where: Where) -> Any:
    """Return a parameter value; a text is performed and then read as YAML.

    A text without substitutions stays a string, unless a type is given, as under ROS 2's launch.

    Raises:
        LaunchFileError: When the result does not have the type that is asked for.
    """
    if isinstance(value, list):
        element = type_name.removeprefix('list_of_') if type_name else None
        if type_name and not type_name.startswith('list_of_'):
            raise LaunchFileError(f'a list is not of type {type_name!r}', where)
        return [evaluate_value(child, context, element, where) for child in value]
    if not isinstance(value, Text):
        return _checked(value, type_name, where)
    text = perform(value.template, context, value.where)
    if (
        type_name is None
        and len(value.template) <= 1
        and all(isinstance(part, str) for part in value.template)
    ):
        return text
    return typed_value(text, type_name, value.where)


def typed_value(text: str, type_name: str | None, where: Where) -> Any:
    """Read a text as a parameter value by YAML's rules; the empty text is an empty string.

    Raises:
        LaunchFileError: When the text is no value that a parameter can have.
    """
    if type_name == 'str' or text == '':
        return text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LaunchFileError(
            f'{text!r} is not a parameter value; quote a string twice: "\'{text}\'"', where
        ) from error
    if (
        isinstance(value, list)
        and value
        and len({type(v) for v in value}) == 1
        and isinstance(value[0], (bool, int, float, str))
    ):
        return value
    if not isinstance(value, (bool, int, float, str)):
        raise LaunchFileError(
            f'{text!r} is not a parameter value; allowed: a boolean, a number, '
            'a string, or a list with values of one of these types',
            where,
        )
    return _checked(value, type_name, where)


def _checked(value: Any, type_name: str | None, where: Where) -> Any:
    """Check a scalar against a type; a whole number is a float when one is asked for."""
    if type_name is None:
        return value
    wanted = _SCALARS.get(type_name)
    if wanted is float and type(value) is int:
        return float(value)
    if wanted is None or type(value) is not wanted:
        raise LaunchFileError(f'{value!r} is not of type {type_name!r}', where)
    return value
