"""What a `node` action starts: its command line, with ROS 2's rules for parameters."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.context import Context, join_namespace
from valet_nodes.launch.packages import find_executable
from valet_nodes.launch.parser import Action
from valet_nodes.launch.plan import InlineParameters, ProcessPlan
from valet_nodes.launch.source import LaunchFileError, Where
from valet_nodes.launch.template import Text

__all__ = ['parameter_file', 'parameter_word', 'plan_node']

_OUTPUTS = ('screen', 'log', 'both', 'own_log', 'full')
_TIMEOUT = 5.0  # from SIGINT to SIGTERM and from there to SIGKILL [s], as under ROS 2's launch


def plan_node(node: Action, context: Context) -> ProcessPlan:
    """Work out everything about the process of one node.

    Raises:
        LaunchFileError: When the executable, a parameter file or another value is wrong.
    """
    output = context.text(node['output']) if node['output'] else 'log'
    respawn = bool(node['respawn']) and context.flag(node['respawn'])
    if output not in _OUTPUTS:
        allowed = ', '.join(_OUTPUTS)
        raise LaunchFileError(f'output {output!r} is unknown; allowed: {allowed}', node.where)
    if respawn and node['on_exit']:
        raise LaunchFileError('"respawn" and "on_exit: shutdown" exclude each other', node.where)
    program = _executable(node, context)
    words = [*_split(node['args'], context), '--ros-args', *_ros_arguments(node, context)]
    return ProcessPlan(
        name=f'{Path(program).name}-{len(context.processes) + 1}',
        command=(program, *words),
        environment=dict(context.changes),
        output=output,
        respawn=respawn,
        respawn_delay=node['respawn_delay'] or 0.0,
        required=bool(node['on_exit']),
        timeouts=(_timeout(node['sigterm_timeout']), _timeout(node['sigkill_timeout'])),
        where=node.where,
    )


def _timeout(seconds: float | None) -> float:
    """Return the time that a process is given to end."""
    return _TIMEOUT if seconds is None else seconds


def _executable(node: Action, context: Context) -> str:
    """Return the path of the executable of a node."""
    name = context.text(node['exec'])
    if node['pkg'] is None:
        return name
    try:
        return str(find_executable(context.text(node['pkg']), name, context.variables))
    except InvalidInputError as error:
        raise LaunchFileError(str(error), node.where) from error


def _split(text: Text | None, context: Context) -> list[str]:
    """Split a command line at its spaces; what a substitution gives stays in one word."""
    words: list[str] = []
    is_open = False  # whether what comes next continues the last word
    for part in text.template if text else ():
        if isinstance(part, str):
            pieces, begin, end = _shell_words(part, text.where), part[0], part[-1]
        else:
            pieces, begin, end = [context.text(replace(text, template=(part,)))], '', ''
        if is_open and pieces and not begin.isspace():
            words[-1] += pieces.pop(0)
        words += pieces
        is_open = not end.isspace()
    return words


def _shell_words(text: str, where: Where) -> list[str]:
    """Split plain text as a shell does."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise LaunchFileError(f'cannot split {text!r} into words: {error}', where) from error


def _ros_arguments(node: Action, context: Context) -> list[str | InlineParameters]:
    """Return name, namespace, parameters and remappings, in the order of ROS 2's launch."""
    words: list[str | InlineParameters] = []
    name = context.text(node['name']) if node['name'] else ''
    if name:
        if not name.isidentifier():
            raise LaunchFileError(f'{name!r} is not the name of a node, such as a_1', node.where)
        words += ['-r', f'__node:={name}']
    own = context.text(node['namespace']) if node['namespace'] else None
    namespace = join_namespace(context.namespace, own)
    if namespace is not None:
        words += ['-r', f'__ns:={namespace}']
    section = f'{namespace.rstrip("/")}/{name}' if name and namespace else '/**'
    words += [*context.parameters, *_parameters(node, section, context), *context.remaps]
    for rule in node['remap'] or ():
        words += ['-r', f'{context.text(rule["from"])}:={context.text(rule["to"])}']
    return words


def _parameters(node: Action, section: str, context: Context) -> Iterator[str | InlineParameters]:
    """Return the words for the parameters of one node."""
    for entry in node['param'] or ():
        yield '--params-file'
        if entry['from'] is not None:
            yield parameter_file(entry['from'], context)
        else:
            value = _parameter_value(entry['value'], context)
            yield InlineParameters(section, {context.text(entry['name']): value})


def parameter_file(path: Text, context: Context) -> str:
    """Return the absolute path of a parameter file that must exist.

    Raises:
        LaunchFileError: When there is no such file.
    """
    text = context.text(path)
    if not Path(text).is_file():
        raise LaunchFileError(f'parameter file {text!r} does not exist', path.where)
    return str(Path(text).absolute())


def _typed_value(text: str, where: Where) -> Any:
    """Read a text as a parameter value by YAML's rules; the empty text is an empty string.

    Raises:
        LaunchFileError: When the text is no value that a parameter can have.
    """
    if text == '':
        return text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    elements = value if isinstance(value, list) else [value]
    if len({type(element) for element in elements}) == 1 and isinstance(
        elements[0], (bool, int, float, str)
    ):
        return value
    raise LaunchFileError(
        f'{text!r} is not a parameter value; allowed: a boolean, a number, a string (quoted twice '
        f'where it reads as something else: "\'{text}\'"), or a list of one of these types',
        where,
    )


def parameter_word(text: str, where: Where) -> str:
    """Return what ROS 2's launch writes behind `-p name:=` for a `set_parameter`.

    Raises:
        LaunchFileError: When rcl would read that as another value, or not at all.
    """
    value = _typed_value(text, where)
    word = str(tuple(value) if isinstance(value, list) else value)
    if not isinstance(value, (bool, int, float)) and (not word or yaml.safe_load(word) != value):
        raise LaunchFileError(
            f'{text!r} does not reach a node by "set_parameter", which writes {word!r} on the '
            'command line; allowed: a boolean, a number, or a string that reads as nothing else; '
            'give others as "param" of the node, and no empty ones',
            where,
        )
    return word


def _parameter_value(value: Any, context: Context) -> Any:
    """Return a value; a text with substitutions is performed and then read as YAML."""
    if isinstance(value, list):
        return [_parameter_value(element, context) for element in value]
    if not isinstance(value, Text):
        return value
    text = context.text(value)
    is_constant = all(isinstance(part, str) for part in value.template)
    return text if is_constant else _typed_value(text, value.where)
