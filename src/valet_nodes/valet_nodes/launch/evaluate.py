"""A launch file evaluated from top to bottom into what to start, and the arguments it takes."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from valet_nodes.launch.context import Context
from valet_nodes.launch.node import parameter_file, parameter_word, plan_node, remap_words
from valet_nodes.launch.parser import Action, LaunchFile, parse_launch_file
from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.source import LaunchFileError
from valet_nodes.launch.template import Text

__all__ = ['declared_arguments', 'evaluate']


def evaluate(
    launch_file: LaunchFile, arguments: Mapping[str, str], environment: Mapping[str, str]
) -> list[ProcessPlan]:
    """Evaluate a launch file.

    Args:
        launch_file: The parsed file.
        arguments: Values of launch arguments given from outside.
        environment: Environment variables that the launch starts with.

    Returns:
        The processes in the order in which they are started.

    Raises:
        LaunchFileError: When something in the files or the arguments is wrong.
    """
    declared = {a['name'] for a in declared_arguments(launch_file, environment, arguments)}
    unknown = sorted(set(arguments) - declared)
    if unknown:
        raise LaunchFileError(
            f'{launch_file.path} has no argument {unknown[0]!r}; it has: '
            f'{", ".join(sorted(declared)) or "none"}'
        )
    context = Context(environment, dict(arguments), [Path(launch_file.path).resolve()])
    _visit_all(launch_file.actions, context)
    return context.processes


def declared_arguments(
    launch_file: LaunchFile,
    environment: Mapping[str, str],
    values: Mapping[str, str] | None = None,
) -> list[Action]:
    """Return the `arg` actions whose values can be given, in the order of declaration.

    Included files count, whatever their conditions say, where their path is known beforehand;
    without the arguments that the including file sets itself.

    Args:
        launch_file: The parsed file.
        environment: Environment variables.
        values: Values of launch arguments, on which paths of included files may depend.

    Raises:
        LaunchFileError: When an included file is wrong.
    """
    context = Context(environment, dict(values or {}), [Path(launch_file.path).resolve()])
    found: dict[str, Action] = {}
    for argument in _arguments(launch_file.actions, context):
        found.setdefault(argument['name'], argument)
    return list(found.values())


def _arguments(actions: Sequence[Action], context: Context) -> Iterator[Action]:
    """Yield the `arg` actions among these, in groups and in included files."""
    for action in actions:
        match action.name:
            case 'arg':
                yield action
                with contextlib.suppress(LaunchFileError):
                    _declare(action, context)
            case 'let':
                with contextlib.suppress(LaunchFileError):
                    _let(action, context)
            case 'group':
                yield from _arguments(action['children'], context)
            case 'include':
                try:
                    path = _included_path(action, context)
                except LaunchFileError:
                    continue  # not known yet, or wrong, which is an error where it is taken
                given = {context.text(row['name']) for row in (*action['arg'], *action['let'])}
                context.files.append(path.resolve())
                for argument in _arguments(parse_launch_file(path).actions, context):
                    if argument['name'] not in given:
                        yield argument
                context.files.pop()


def _visit_all(actions: Sequence[Action], context: Context) -> None:
    """Take each action whose condition does not say no."""
    for action in actions:
        wanted, refused = action['if'], action['unless']
        if (wanted is None or context.flag(wanted)) and not (refused and context.flag(refused)):
            _visit(action, context)


def _visit(action: Action, context: Context) -> None:
    """Take one action."""
    match action.name:
        case 'arg':
            _declare(action, context)
        case 'let':
            _let(action, context)
        case 'set_env':
            context.changes[context.text(action['name'])] = context.text(action['value'])
        case 'group':
            _visit_all(action['children'], context.scope())
        case 'include':
            path = _included_path(action, context)
            for row in (*action['arg'], *action['let']):
                _let(row, context)
            context.files.append(path.resolve())
            _visit_all(parse_launch_file(path).actions, context)
            context.files.pop()
        case 'push_ros_namespace':
            context.namespace = context.joined(context.text(action['namespace']))
        case 'set_parameter':
            word = parameter_word(context.text(action['value']), action['value'].where)
            context.parameters += ['-p', f'{context.text(action["name"])}:={word}']
        case 'set_parameters_from_file':
            context.parameters += ['--params-file', parameter_file(action['filename'], context)]
        case 'set_remap':
            context.remaps += remap_words(action, context)
        case 'node':
            context.processes.append(plan_node(action, context))


def _let(row: Action | dict[str, Text], context: Context) -> None:
    """Give a name its value."""
    context.values[context.text(row['name'])] = context.text(row['value'])


def _declare(argument: Action, context: Context) -> None:
    """Give an argument its value: what was passed, or the default."""
    name, default = argument['name'], argument['default']
    if name not in context.values:
        if default is None:
            what = argument['description'] or 'no description'
            message = f'argument {name!r} needs a value ({what}); give {name}:=value'
            raise LaunchFileError(message, argument.where)
        context.values[name] = context.text(default)
    choices = [choice['value'] for choice in argument['choice']]
    if choices and context.values[name] not in choices:
        allowed = ', '.join(map(repr, choices))
        message = f'argument {name!r} is {context.values[name]!r}; allowed: {allowed}'
        raise LaunchFileError(message, argument.where)


def _included_path(include: Action, context: Context) -> Path:
    """Return the path of a file that can be included."""
    path = Path(context.text(include['file']))
    if path.suffix in ('.py', '.xml'):
        raise LaunchFileError(f"{path}: only YAML runs here; use ROS 2's launch", include.where)
    if not path.is_file():
        raise LaunchFileError(f'included launch file {path} does not exist', include.where)
    if path.resolve() in context.files:
        raise LaunchFileError(f'{path} would be included in itself', include.where)
    return path
