"""A launch file evaluated from top to bottom into what to start, and the arguments it takes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from valet_nodes.launch.context import Context, join_namespace
from valet_nodes.launch.node import parameter_file, parameter_word, plan_node
from valet_nodes.launch.parser import Action, LaunchFile, parse_launch_file
from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.source import LaunchFileError
from valet_nodes.launch.template import Text

__all__ = ['declared_arguments', 'evaluate']

_DEPTH = 50  # files inside files; a deeper nest is a file that includes itself


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
    context = Context(environment, dict(arguments))
    _visit_all(launch_file.actions, context, _DEPTH)
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
    found: dict[str, Action] = {}
    context = Context(environment, dict(values or {}))
    _collect(launch_file.actions, context, frozenset(), (launch_file.path,), found)
    return list(found.values())


def _collect(
    actions: Sequence[Action],
    context: Context,
    fixed: frozenset[str],
    around: tuple[str, ...],
    found: dict[str, Action],
) -> None:
    """Add the arguments that are not fixed by the files around these actions."""
    for action in actions:
        match action.name:
            case 'group':
                _collect(action['children'], context, fixed, around, found)
            case 'arg' if action['name'] not in fixed:
                found.setdefault(action['name'], action)
                _remember(action['name'], action['default'], context)
            case 'let':
                _remember(_known(action['name'], context), action['value'], context)
            case 'include':
                path = _known(action['file'], context)
                if path and path not in around and Path(path).is_file():
                    given = {_known(row['name'], context) or '' for row in _assignments(action)}
                    inner = parse_launch_file(path).actions
                    _collect(inner, context, fixed | given, (*around, path), found)


def _remember(name: str | None, value: Text | None, context: Context) -> None:
    """Keep a value for the paths of included files."""
    known = _known(value, context)
    if name and known is not None:
        context.values.setdefault(name, known)


def _known(text: Text | None, context: Context) -> str | None:
    """Perform a text, None when it depends on what is not known yet."""
    try:
        return None if text is None else context.text(text)
    except LaunchFileError:
        return None


def _assignments(include: Action) -> list[dict[str, Text]]:
    """Return the names and values that are passed to an included file."""
    return [*(include['arg'] or ()), *(include['let'] or ())]


def _visit_all(actions: Sequence[Action], context: Context, depth: int) -> None:
    """Take each action whose condition does not say no."""
    for action in actions:
        wanted, refused = action['if'], action['unless']
        if wanted is not None and not context.flag(wanted):
            continue
        if refused is not None and context.flag(refused):
            continue
        _visit(action, context, depth)


def _visit(action: Action, context: Context, depth: int) -> None:
    """Take one action; `depth` is how many more files may be inside this one."""
    match action.name:
        case 'arg':
            _declare(action, context)
        case 'let':
            context.values[context.text(action['name'])] = context.text(action['value'])
        case 'set_env':
            context.changes[context.text(action['name'])] = context.text(action['value'])
        case 'group':
            _visit_all(action['children'], context.scope(), depth)
        case 'include':
            _include(action, context, depth)
        case 'push_ros_namespace':
            namespace = context.text(action['namespace'])
            context.namespace = join_namespace(context.namespace, namespace)
        case 'set_parameter':
            word = parameter_word(context.text(action['value']), action['value'].where)
            context.parameters += ['-p', f'{context.text(action["name"])}:={word}']
        case 'set_parameters_from_file':
            context.parameters += ['--params-file', parameter_file(action['filename'], context)]
        case 'set_remap':
            rule = f'{context.text(action["from"])}:={context.text(action["to"])}'
            context.remaps += ['-r', rule]
        case 'node':
            context.processes.append(plan_node(action, context))


def _declare(argument: Action, context: Context) -> None:
    """Give an argument its value: what was passed, or the default."""
    name, default = argument['name'], argument['default']
    if name not in context.values:
        if default is None:
            what = argument['description'] or 'no description'
            message = f'argument {name!r} needs a value ({what}); give {name}:=value'
            raise LaunchFileError(message, argument.where)
        context.values[name] = context.text(default)
    choices = [choice['value'] for choice in argument['choice'] or ()]
    if choices and context.values[name] not in choices:
        allowed = ', '.join(map(repr, choices))
        message = f'argument {name!r} is {context.values[name]!r}; allowed: {allowed}'
        raise LaunchFileError(message, argument.where)


def _include(include: Action, context: Context, depth: int) -> None:
    """Take another file's actions with values for its arguments."""
    path = Path(context.text(include['file']))
    if path.suffix in ('.py', '.xml'):
        raise LaunchFileError(f"{path}: only YAML runs here; use ROS 2's launch", include.where)
    if not path.is_file():
        raise LaunchFileError(f'included launch file {path} does not exist', include.where)
    if not depth:
        raise LaunchFileError(
            f'{path} is more than {_DEPTH} files deep, in itself?', include.where
        )
    for row in _assignments(include):
        context.values[context.text(row['name'])] = context.text(row['value'])
    _visit_all(parse_launch_file(path).actions, context, depth - 1)
