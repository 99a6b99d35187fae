"""What the substitutions of launch files mean: `$(var)`, `$(env)`, `$(equals)` and the others."""

import math
from collections.abc import Mapping

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.packages import find_package_share
from valet_nodes.launch.source import LaunchFileError, Where
from valet_nodes.launch.template import Call, Template

__all__ = ['perform']

_BOOLEANS = {'true': True, '1': True, 'false': False, '0': False}


def perform(
    template: Template, values: Mapping[str, str], environment: Mapping[str, str], where: Where
) -> str:
    """Return the text of a template.

    Args:
        template: Plain text and substitutions.
        values: Launch arguments and `let` values by name.
        environment: Environment variables.
        where: Where the template stands, for messages.

    Raises:
        LaunchFileError: When a substitution cannot be performed.
    """
    words = []
    for part in template:
        if isinstance(part, Call):
            arguments = [perform(a, values, environment, where) for a in part.arguments]
            if part.name == 'equals':
                # ROS 2's launch takes a quoted nothing for an empty list and compares its name.
                pairs = zip(part.arguments, arguments, strict=True)
                arguments = [text if argument else '[]' for argument, text in pairs]
            try:
                part = _perform(part.name, arguments, values, environment)
            except InvalidInputError as error:
                raise LaunchFileError(str(error), where) from error
        words.append(part)
    return ''.join(words)


def _perform(
    name: str, arguments: list[str], values: Mapping[str, str], environment: Mapping[str, str]
) -> str:
    """Perform one substitution."""
    match name:
        case 'var':
            return _look_up('launch argument', values, *arguments)
        case 'env':
            return _look_up('environment variable', environment, *arguments)
        case 'find-pkg-share':
            return str(find_package_share(*arguments, environment))
        case _:
            return 'true' if _equal(*arguments) else 'false'


def _equal(left: str, right: str) -> bool:
    """Compare as ROS 2's `$(equals)` does: booleans and numbers by value, else as text."""
    if left.lower() in _BOOLEANS and right.lower() in _BOOLEANS:
        return _BOOLEANS[left.lower()] is _BOOLEANS[right.lower()]
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right


def _look_up(kind: str, known: Mapping[str, str], name: str, default: str | None = None) -> str:
    """Return the value of a name, or the default."""
    value = known.get(name, default)
    if value is None:
        raise InvalidInputError(f'{kind} {name!r} is not defined here')
    return value
