"""What a `node` action starts: its command line, with ROS 2's rules for parameters."""

import shlex
from pathlib import Path
from typing import Any

import yaml

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.context import Context
from valet_nodes.launch.output import OUTPUTS
from valet_nodes.launch.packages import find_executable
from valet_nodes.launch.parser import Action
from valet_nodes.launch.plan import InlineParameter, ProcessPlan
from valet_nodes.launch.source import LaunchFileError, Where
from valet_nodes.launch.template import Text

__all__ = ['parameter_file', 'parameter_word', 'plan_node', 'remap_words']

_SCALARS = {bool, int, float, str}


def plan_node(node: Action, context: Context) -> ProcessPlan:
    """Work out everything about the process of one node.

    Raises:
        LaunchFileError: When the executable, a parameter file or another value is wrong.
    """
    output = context.text(node['output']) if node['output'] else 'log'
    respawn = bool(node['respawn']) and context.flag(node['respawn'])
    if output not in OUTPUTS:
        allowed = ', '.join(OUTPUTS)
        raise LaunchFileError(f'output {output!r} is unknown; allowed: {allowed}', node.where)
    if respawn and node['on_exit']:
        raise LaunchFileError('"respawn" and "on_exit: shutdown" exclude each other', node.where)
    program = context.text(node['exec'])
    if node['pkg']:
        try:
            package = context.text(node['pkg'])
            program = str(find_executable(package, program, context.variables))
        except InvalidInputError as error:
            raise LaunchFileError(str(error), node.where) from error
    words = [*_split(node['args'], context), '--ros-args', *_ros_arguments(node, context)]
    return ProcessPlan(
        name=f'{Path(program).name}-{len(context.processes) + 1}',
        command=(program, *words),
        environment=dict(context.changes),
        output=output,
        respawn=respawn,
        respawn_delay=node['respawn_delay'],
        required=node['on_exit'],
        timeouts=(node['sigterm_timeout'], node['sigkill_timeout']),
        where=node.where,
    )


def _split(text: Text | None, context: Context) -> list[str]:
    """Split a command line at its spaces; what a substitution gives stays in one word."""
    words: list[str] = []
    is_open = False  # whether what comes next continues the last word
    for part in text.template if text else ():
        if isinstance(part, str):
            pieces, begin, end = _shell_words(part, text.where), part[0], part[-1]
        else:
            pieces, begin, end = [context.text(text._replace(template=(part,)))], '', ''
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


def _ros_arguments(node: Action, context: Context) -> list[str | InlineParameter]:
    """Return name, namespace, parameters and remappings, in the order of ROS 2's launch."""
    words: list[str | InlineParameter] = []
    section = '/**'
    name = context.text(node['name']) if node['name'] else ''
    if name:
        if not name.isidentifier():
            raise LaunchFileError(f'{name!r} is not the name of a node, such as a_1', node.where)
        words += ['-r', f'__node:={name}']
    if node['namespace'] or context.namespace is not None:
        namespace = context.joined(context.text(node['namespace']) if node['namespace'] else '')
        words += ['-r', f'__ns:={namespace}']
        section = f'{namespace.rstrip("/")}/{name}' if name else section
    words += context.parameters
    for entry in node['param']:
        if entry['from']:
            file = parameter_file(entry['from'], context)
        else:
            value = _parameter_value(entry['value'], context)
            file = InlineParameter(section, context.text(entry['name']), value)
        words += ['--params-file', file]
    words += context.remaps
    for rule in node['remap']:
        words += remap_words(rule, context)
    return words


def remap_words(rule: Action | dict[str, Text], context: Context) -> list[str]:
    """Return the words on the command line for a remapping rule."""
    return ['-r', f'{context.text(rule["from"])}:={context.text(rule["to"])}']


def parameter_file(path: Text, context: Context) -> str:
    """Return the absolute path of a parameter file that must exist.

    Raises:
        LaunchFileError: When there is no such file.
    """
    text = context.text(path)
    if not Path(text).is_file():
        raise LaunchFileError(f'parameter file {text!r} does not exist', path.where)
    return str(Path(text).absolute())


def _parameter_value(value: Any, context: Context) -> Any:
    """Return a value; a text with substitutions is performed and then read as YAML."""
    if isinstance(value, list):
        return [_parameter_value(element, context) for element in value]
    if not isinstance(value, Text):
        return value
    text = context.text(value)
    is_constant = all(isinstance(part, str) for part in value.template)
    return text if is_constant else _typed_value(text, value.where)


def parameter_word(text: str, where: Where) -> str:
    """Return what ROS 2's launch writes behind `-p name:=` for a `set_parameter`.

    Raises:
        LaunchFileError: When rcl would read that as another value, or not at all.
    """
    value = _read_yaml(text)
    word = str(value)
    if type(value) not in _SCALARS or (isinstance(value, str) and _read_yaml(word) != value):
        raise LaunchFileError(
            f'{text!r} does not reach a node by "set_parameter", which writes it on the command '
            'line without quotes; allowed: a boolean, a number, or a string that reads as nothing '
            'else; give others as "param" of the node, and no empty ones',
            where,
        )
    return word


def _typed_value(text: str, where: Where) -> Any:
    """Read a text as a parameter value by YAML's rules; the empty text is an empty string."""
    value = _read_yaml(text) if text else text
    types = {type(element) for element in (value if isinstance(value, list) else [value])}
    if len(types) != 1 or not types <= _SCALARS:
        raise LaunchFileError(
            f'{text!r} is not a parameter value; allowed: a boolean, a number, a string (quoted '
            f'twice where it reads as something else: "\'{text}\'"), or a list of one of these '
            'types',
            where,
        )
    return value


def _read_yaml(text: str) -> Any:
    """Read a text as YAML, None for one that is not."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # ValueError: such as a date that does not exist
        return None
