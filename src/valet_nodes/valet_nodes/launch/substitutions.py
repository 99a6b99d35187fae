"""The substitutions of launch files: `$(var)`, `$(env)`, `$(equals)`, `$(find-pkg-share)`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.packages import find_package_share
from valet_nodes.launch.source import LaunchFileError, Where
from valet_nodes.launch.template import Template, parse_template

__all__ = ['Text', 'parse_text', 'perform']

Strings: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Text:
    """A string with substitutions and where it stands."""

    raw: str
    template: Template
    where: Where

    @property
    def is_constant(self) -> bool:
        """Whether there is no substitution in it."""
        return all(isinstance(part, str) for part in self.template)


def parse_text(raw: str, where: Where) -> Text:
    """Take a string apart; substitutions are checked by name and count of arguments.

    Raises:
        LaunchFileError: When one is malformed, unknown or takes another number of arguments.
    """
    template = parse_template(raw, where)
    _check(template, where)
    return Text(raw, template, where)


def perform(template: Template, values: Strings, environment: Strings, where: Where) -> str:
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
        if not isinstance(part, str):
            function, _ = _SUBSTITUTIONS[part.name]
            arguments = [perform(a, values, environment, where) for a in part.arguments]
            try:
                part = function(values, environment, arguments)
            except InvalidInputError as error:
                raise LaunchFileError(str(error), where) from error
        words.append(part)
    return ''.join(words)


def _check(template: Template, where: Where) -> None:
    """Check the names and the argument counts of all substitutions."""
    for part in template:
        if isinstance(part, str):
            continue
        if part.name not in _SUBSTITUTIONS:
            raise LaunchFileError(
                f'unknown substitution $({part.name}); allowed: '
                f'{", ".join(sorted(_SUBSTITUTIONS))}',
                where,
            )
        _, counts = _SUBSTITUTIONS[part.name]
        if len(part.arguments) not in counts:
            raise LaunchFileError(
                f'$({part.name}) takes {" or ".join(map(str, counts))} arguments, got '
                f'{len(part.arguments)}',
                where,
            )
        for argument in part.arguments:
            _check(argument, where)


def _equal(left: str, right: str) -> bool:
    """Compare as ROS 2's `$(equals)` does: booleans and numbers by value, else as text."""
    booleans = {'true': True, '1': True, 'false': False, '0': False}
    if left.lower() in booleans and right.lower() in booleans:
        return booleans[left.lower()] is booleans[right.lower()]
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right


def _look_up(kind: str, known: Strings, arguments: list[str]) -> str:
    """Return the value of a name, or the default that follows it."""
    name, *default = arguments
    if name not in known and not default:
        raise InvalidInputError(f'{kind} {name!r} is not defined here')
    return known[name] if name in known else default[0]


_Function: TypeAlias = Callable[[Strings, Strings, list[str]], str]

# What performs each substitution, and how many arguments it takes.
_SUBSTITUTIONS: dict[str, tuple[_Function, tuple[int, ...]]] = {
    'env': (lambda _, environment, a: _look_up('environment variable', environment, a), (1, 2)),
    'equals': (lambda _, __, a: 'true' if _equal(*a) else 'false', (2,)),
    'find-pkg-share': (lambda _, environment, a: str(find_package_share(*a, environment)), (1,)),
    'var': (lambda values, _, a: _look_up('launch argument', values, a), (1, 2)),
}
