"""The command line of a process: its words, and the ROS arguments of a node."""

import shlex
from pathlib import Path

from valet_nodes.launch.actions import ParameterFile, Process
from valet_nodes.launch.context import Context, join_namespace
from valet_nodes.launch.entity import Text
from valet_nodes.launch.errors import LaunchFileError, LaunchRunError
from valet_nodes.launch.packages import find_executable
from valet_nodes.launch.parameters import evaluate_parameter
from valet_nodes.launch.plan import InlineParameters
from valet_nodes.launch.substitutions import perform

__all__ = ['build_command', 'parameter_file', 'split_words']


def split_words(text: Text | None, context: Context) -> list[str]:
    """Split a command line at its spaces; what a substitution gives stays in one word.

    Raises:
        LaunchFileError: When a quotation is not closed or a substitution fails.
    """
    words: list[str] = []
    open_word = False  # whether what comes next continues the last word
    for part in text.template if text else ():
        if not isinstance(part, str):
            piece = perform((part,), context, text.where if text else None)
            if open_word:
                words[-1] += piece
            else:
                words.append(piece)
            open_word = True
            continue
        try:
            pieces = shlex.split(part)
        except ValueError as error:
            raise LaunchFileError(
                f'cannot split {part!r} into words: {error}', text.where if text else None
            ) from error
        if open_word and pieces and not part[0].isspace():
            words[-1] += pieces.pop(0)
        words += pieces
        open_word = not part[-1].isspace()
    return words


def parameter_file(path: Text, context: Context) -> Path:
    """Return the absolute path of a parameter file that must exist.

    Raises:
        LaunchFileError: When there is no such file.
    """
    text = perform(path.template, context, path.where)
    if not text or not Path(text).is_file():
        raise LaunchFileError(f'parameter file {text!r} does not exist', path.where)
    return Path(text).absolute()


def build_command(process: Process, context: Context) -> tuple[str | InlineParameters, ...]:
    """Return the full command line of a process.

    Raises:
        LaunchFileError: When the executable, a parameter file or a name is wrong.
    """
    prefix: list[str | InlineParameters] = list(split_words(process.prefix, context))
    if process.executable is None:
        words = split_words(process.command, context)
        if not words:
            raise LaunchFileError('the command line is empty', process.where)
        return tuple(prefix + words)
    command = [*prefix, _executable(process, context), *split_words(process.arguments, context)]
    if process.ros_arguments is not None:
        command += ['--ros-args', *split_words(process.ros_arguments, context)]
    command.append('--ros-args')
    return tuple(command + _node_arguments(process, context))


def _executable(process: Process, context: Context) -> str:
    """Return the path of the executable of a node."""
    assert process.executable is not None
    name = perform(process.executable.template, context, process.executable.where)
    if process.package is None:
        return name
    package = perform(process.package.template, context, process.package.where)
    try:
        return str(find_executable(package, name, context.environment))
    except LaunchRunError as error:
        raise LaunchFileError(str(error), process.where) from error


def _node_arguments(process: Process, context: Context) -> list[str | InlineParameters]:
    """Return name, namespace, parameters and remappings, in the order of ROS 2's launch."""
    words: list[str | InlineParameters] = []
    name = process.node_name and perform(
        process.node_name.template, context, process.node_name.where
    )
    if name:
        if not name.isidentifier():
            raise LaunchFileError(
                f'{name!r} is not the name of a node; allowed: letters, digits '
                'and underscores, not a digit first',
                process.where,
            )
        words += ['-r', f'__node:={name}']
    own = process.namespace and perform(
        process.namespace.template, context, process.namespace.where
    )
    namespace = join_namespace(context.namespace, own)
    if namespace is not None:
        words += ['-r', f'__ns:={namespace}']
    for entry in context.parameters:
        if entry.file is not None:
            words += ['--params-file', str(entry.file)]
        else:
            words += ['-p', f'{entry.name}:={_yaml_word(entry.value)}']
    section = f'{(namespace or "").rstrip("/")}/{name}' if name and namespace else '/**'
    for parameter in process.parameters:
        if isinstance(parameter, ParameterFile):
            words += ['--params-file', str(parameter_file(parameter.path, context))]
        else:
            key, value = evaluate_parameter(parameter, context)
            words += ['--params-file', InlineParameters(section, {key: value})]
    remaps = [
        *context.remaps,
        *(
            (
                perform(source.template, context, source.where),
                perform(target.template, context, target.where),
            )
            for source, target in process.remaps
        ),
    ]
    for source_name, target_name in remaps:
        words += ['-r', f'{source_name}:={target_name}']
    return words


def _yaml_word(value: object) -> str:
    """Write a value so that rcl reads back the same type."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(_yaml_word(v) for v in value) + ']'
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
