"""The substitutions of launch files: `$(var)`, `$(env)`, `$(find-pkg-share)` and the others."""

import math
import os
import shutil
from collections.abc import Callable
from typing import NamedTuple

import yaml

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.context import Context
from valet_nodes.launch.errors import LaunchFileError, LaunchRunError, Where
from valet_nodes.launch.expression import evaluate_expression
from valet_nodes.launch.packages import (
    find_executable,
    find_package_prefix,
    find_package_share,
)
from valet_nodes.launch.template import Call, Template

__all__ = ['check_calls', 'evaluate_condition', 'perform']


class _Substitution(NamedTuple):
    """How one substitution is performed and how many arguments it takes."""

    function: Callable[[Context, list[str]], str]
    low: int
    high: int | None
    usage: str


def perform(template: Template, context: Context, where: Where | None = None) -> str:
    """Return the text of a template in a context.

    Raises:
        LaunchFileError: When a substitution is unknown or cannot be performed.
    """
    return ''.join(
        part if isinstance(part, str) else _perform_call(part, context, where) for part in template
    )


def check_calls(template: Template, where: Where | None) -> None:
    """Check the names and the argument counts of all substitutions without performing them.

    Raises:
        LaunchFileError: When one is unknown or takes another number of arguments.
    """
    for part in template:
        if isinstance(part, Call):
            _look_up(part, where)
            for argument in part.arguments:
                check_calls(argument, where)


def evaluate_condition(text: str, where: Where | None = None) -> bool:
    """Return the truth of an `if` or `unless`, by the rules of ROS 2's launch.

    Raises:
        LaunchFileError: When the text is none of true, 1, false and 0.
    """
    word = text.strip().lower()
    if word in ('true', '1'):
        return True
    if word in ('false', '0'):
        return False
    raise LaunchFileError(
        f'condition {text!r} is neither true nor false; allowed: true, 1, false, 0', where
    )


def _look_up(call: Call, where: Where | None) -> _Substitution:
    """Return what performs a call, checking the name and the argument count."""
    if call.name not in _SUBSTITUTIONS:
        raise LaunchFileError(
            f'unknown substitution $({call.name}); allowed: {", ".join(sorted(_SUBSTITUTIONS))}',
            where,
        )
    entry = _SUBSTITUTIONS[call.name]
    count = len(call.arguments)
    if count < entry.low or (entry.high is not None and count > entry.high):
        raise LaunchFileError(f'$({call.name}) got {count} arguments; use {entry.usage}', where)
    return entry


def _perform_call(call: Call, context: Context, where: Where | None) -> str:
    """Perform one substitution."""
    entry = _look_up(call, where)
    if call.name == 'if':  # the branch that is not taken may be impossible to perform
        condition = _truth(perform(call.arguments[0], context, where))
        branches = call.arguments[1:] if condition else call.arguments[2:]
        return perform(branches[0], context, where) if branches else ''
    arguments = [perform(argument, context, where) for argument in call.arguments]
    try:
        return entry.function(context, arguments)
    except LaunchFileError:
        raise
    except (InvalidInputError, LaunchRunError) as error:
        raise LaunchFileError(str(error), where) from error


def _truth(text: str) -> bool:
    """Return a YAML boolean; unlike in conditions, ROS 2 allows no 0 and 1 here."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    if not isinstance(value, bool):
        raise InvalidInputError(f'{text!r} is not a boolean; allowed: true, false')
    return value


def _word(value: bool) -> str:
    """Return a boolean as launch writes it."""
    return 'true' if value else 'false'


def _equal(left: str, right: str) -> bool:
    """Compare as ROS 2's `$(equals)` does: booleans and numbers by value, else as text."""
    if left.lower() in ('true', 'false', '1', '0') and right.lower() in (
        'true',
        'false',
        '1',
        '0',
    ):
        return (left.lower() in ('true', '1')) == (right.lower() in ('true', '1'))
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right


def _variable(context: Context, arguments: list[str]) -> str:
    """`$(var name default)`: a launch argument or a `let`."""
    name = arguments[0]
    if name in context.values:
        return context.values[name]
    if len(arguments) == 2:
        return arguments[1]
    raise InvalidInputError(
        f'launch argument {name!r} is not defined here; defined: '
        f'{", ".join(sorted(context.values)) or "none"}'
    )


def _environment(context: Context, arguments: list[str]) -> str:
    """`$(env NAME default)`: an environment variable."""
    if arguments[0] in context.environment:
        return context.environment[arguments[0]]
    if len(arguments) == 2:
        return arguments[1]
    raise InvalidInputError(
        f'environment variable {arguments[0]!r} is not set; give a default: '
        f'$(env {arguments[0]} value)'
    )


def _find_program(context: Context, arguments: list[str]) -> str:
    """`$(find-exec name)`: a program on PATH."""
    path = shutil.which(arguments[0], path=context.environment.get('PATH', os.defpath))
    if path is None:
        raise InvalidInputError(f'program {arguments[0]!r} is not on PATH')
    return path


_SUBSTITUTIONS: dict[str, _Substitution] = {
    'all': _Substitution(
        lambda c, a: _word(all([_truth(x) for x in a])), 1, None, '$(all condition ...)'
    ),
    'and': _Substitution(lambda c, a: _word(_truth(a[0]) & _truth(a[1])), 2, 2, '$(and a b)'),
    'any': _Substitution(
        lambda c, a: _word(any([_truth(x) for x in a])), 1, None, '$(any condition ...)'
    ),
    'dirname': _Substitution(
        lambda c, a: os.path.dirname(os.path.abspath(c.file)), 0, 0, '$(dirname)'
    ),
    'env': _Substitution(_environment, 1, 2, '$(env NAME) or $(env NAME default)'),
    'equals': _Substitution(lambda c, a: _word(_equal(a[0], a[1])), 2, 2, '$(equals a b)'),
    'eval': _Substitution(
        lambda c, a: str(evaluate_expression(a[0])), 1, 1, "$(eval 'expression'), quoted"
    ),
    'exec-in-pkg': _Substitution(
        lambda c, a: str(find_executable(a[1], a[0], c.environment)),
        2,
        2,
        '$(exec-in-pkg executable package)',
    ),
    'filename': _Substitution(lambda c, a: os.path.abspath(c.file), 0, 0, '$(filename)'),
    'find-exec': _Substitution(_find_program, 1, 1, '$(find-exec program)'),
    'find-pkg-prefix': _Substitution(
        lambda c, a: str(find_package_prefix(a[0], c.environment)),
        1,
        1,
        '$(find-pkg-prefix package)',
    ),
    'find-pkg-share': _Substitution(
        lambda c, a: str(find_package_share(a[0], c.environment)),
        1,
        1,
        '$(find-pkg-share package)',
    ),
    'if': _Substitution(lambda c, a: '', 2, 3, '$(if condition value otherwise)'),
    'not': _Substitution(lambda c, a: _word(not _truth(a[0])), 1, 1, '$(not a)'),
    'not-equals': _Substitution(
        lambda c, a: _word(not _equal(a[0], a[1])), 2, 2, '$(not-equals a b)'
    ),
    'or': _Substitution(lambda c, a: _word(_truth(a[0]) | _truth(a[1])), 2, 2, '$(or a b)'),
    'var': _Substitution(_variable, 1, 2, '$(var name) or $(var name default)'),
}
