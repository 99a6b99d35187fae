"""Launch arguments: those on the command line, and those that files declare."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.actions import Action, Argument, Group, Include, LaunchFile, Let
from valet_nodes.launch.context import Context
from valet_nodes.launch.errors import LaunchFileError
from valet_nodes.launch.parser import parse_launch_file
from valet_nodes.launch.substitutions import perform
from valet_nodes.launch.template import Call, Template

__all__ = ['declared_arguments', 'format_arguments', 'parse_assignments']


def parse_assignments(words: Sequence[str]) -> dict[str, str]:
    """Parse `name:=value` words.

    Raises:
        InvalidInputError: When a word is not of that form or a name is given twice.
    """
    values: dict[str, str] = {}
    for word in words:
        name, separator, value = word.partition(':=')
        if not separator or not name:
            raise InvalidInputError(f'launch argument {word!r} is not of the form name:=value')
        if name in values:
            raise InvalidInputError(f'launch argument {name!r} is given twice')
        values[name] = value
    return values


def declared_arguments(
    launch_file: LaunchFile,
    environment: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> list[Argument]:
    """Return the arguments that can be given to a launch file, in the order of declaration.

    Included files count, whatever their conditions say, where their path is known beforehand;
    without the arguments that the including file sets itself.

    Args:
        launch_file: The parsed file.
        environment: Environment variables; None for those of this process.
        values: Values of launch arguments, on which paths of included files may depend.

    Raises:
        LaunchFileError: When an included file is wrong.
    """
    context = Context(
        environment=dict(os.environ if environment is None else environment),
        values=dict(values or {}),
    )
    found: dict[str, Argument] = {}
    _collect(launch_file, context, frozenset(), found, frozenset())
    return list(found.values())


def _collect(
    launch_file: LaunchFile,
    context: Context,
    fixed: frozenset[str],
    found: dict[str, Argument],
    around: frozenset[str],
) -> None:
    """Add the arguments of a file that are not fixed by the files around it."""
    around |= {launch_file.path}
    with context.inside(launch_file.path):
        for action in _flatten(launch_file.actions):
            if isinstance(action, Argument) and action.name not in fixed:
                found.setdefault(action.name, action)
                if action.default is not None:
                    _remember(action.name, action.default.template, context)
            elif isinstance(action, Let):
                name = _try(action.name.template, context)
                _remember(name, action.value.template, context)
            elif isinstance(action, Include):
                path = _try(action.file.template, context)
                if path is None or path in around or not Path(path).is_file():
                    continue
                names = {_try(name.template, context) or '' for name, _ in action.arguments}
                _collect(parse_launch_file(path), context, fixed | names, found, around)


def _flatten(actions: tuple[Action, ...]) -> list[Action]:
    """Return actions with those inside groups."""
    flat: list[Action] = []
    for action in actions:
        flat += _flatten(action.actions) if isinstance(action, Group) else [action]
    return flat


def _remember(name: str | None, template: Template, context: Context) -> None:
    """Keep a value for the paths of included files."""
    value = _try(template, context)
    if name and value is not None:
        context.values.setdefault(name, value)


def _try(template: Template, context: Context) -> str | None:
    """Perform a template, None when it depends on what is not known yet."""
    try:
        return perform(template, context)
    except LaunchFileError:
        return None


def format_arguments(arguments: Sequence[Argument]) -> str:
    """Return the arguments as text: name, choices, default, description."""
    if not arguments:
        return 'no arguments'
    blocks = []
    for argument in arguments:
        lines = [f'{argument.name}:', f'    {argument.description or "no description"}']
        if argument.choices:
            lines.append(f'    choices: {", ".join(map(repr, argument.choices))}')
        default = (
            'must be given'
            if argument.default is None
            else f'default: {template_text(argument.default.template)!r}'
        )
        blocks.append('\n'.join([*lines, f'    {default}']))
    return '\n'.join(blocks)


def template_text(template: Template) -> str:
    """Write a template as it may stand in a launch file."""
    return ''.join(part if isinstance(part, str) else _call_text(part) for part in template)


def _call_text(call: Call) -> str:
    """Write a substitution as it may stand in a launch file."""
    arguments = [template_text(argument) for argument in call.arguments]
    quoted = [f"'{a}'" if not a or ' ' in a else a for a in arguments]
    return '$(' + ' '.join([call.name, *quoted]) + ')'
