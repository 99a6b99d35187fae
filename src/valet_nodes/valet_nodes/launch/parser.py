"""From the YAML of a launch file to actions; everything unknown is an error."""

from collections.abc import Callable
from pathlib import Path

from valet_nodes.launch.actions import (
    Action,
    AppendEnvironment,
    Argument,
    Condition,
    Group,
    Include,
    LaunchFile,
    Let,
    Log,
    PushNamespace,
    SetEnvironment,
    SetParameter,
    SetParametersFromFile,
    SetRemap,
)
from valet_nodes.launch.entity import Entity, Text
from valet_nodes.launch.errors import LaunchFileError, Where
from valet_nodes.launch.process_parser import parse_executable, parse_node
from valet_nodes.launch.source import Item, parse_yaml, read_yaml

__all__ = ['parse_launch_file', 'parse_launch_text']


def parse_launch_file(path: str | Path) -> LaunchFile:
    """Parse a launch file.

    Raises:
        LaunchFileError: Naming file and line, what stands there and what is allowed.
    """
    return _parse_root(read_yaml(path), str(path))


def parse_launch_text(text: str, file: str = '<text>') -> LaunchFile:
    """Parse the text of a launch file; `file` is what messages call it.

    Raises:
        LaunchFileError: As `parse_launch_file`.
    """
    return _parse_root(parse_yaml(text, file), file)


def _parse_root(root: Item, path: str) -> LaunchFile:
    """Parse the whole document."""
    if not isinstance(root.value, dict) or 'launch' not in root.value:
        raise LaunchFileError(
            f'a launch file must be a mapping with the one key "launch", got {root.kind}'
            + (
                f' with {", ".join(root.value) or "nothing"}'
                if isinstance(root.value, dict)
                else ''
            ),
            root.where,
        )
    entity = Entity(Path(path).name, root)
    actions = entity.item('launch')
    assert actions is not None
    entity.finish()
    return LaunchFile(path, _parse_actions(actions))


def _parse_actions(items: Item) -> tuple[Action, ...]:
    """Parse a list of actions, each a mapping with one key."""
    return tuple(_parse_action(item) for item in items)


def _parse_action(item: Item) -> Action:
    """Parse one action."""
    if not isinstance(item.value, dict) or len(item.value) != 1:
        got = (
            f'{item.kind} with the keys {", ".join(item.value)}; indent the keys of the '
            'action below its name'
            if isinstance(item.value, dict)
            else item.kind
        )
        raise LaunchFileError(
            f'an action must be a mapping with its name as the one key, got {got}', item.where
        )
    name, body = next(iter(item.value.items()))
    if name not in _PARSERS:
        raise LaunchFileError(
            f'unknown action {name!r}; allowed: {", ".join(sorted(_PARSERS))}', item.where
        )
    if name == 'group':
        return _parse_group(body)
    entity = Entity(name, body)
    action = _PARSERS[name](entity, body.where, _condition(entity))
    entity.finish()
    return action


def _condition(entity: Entity) -> Condition | None:
    """Read `if` or `unless`."""
    wanted, refused = entity.text('if'), entity.text('unless')
    if wanted is not None and refused is not None:
        raise LaunchFileError(
            f'{entity.name!r} has both "if" and "unless"; allowed: one of them', refused.where
        )
    if wanted is not None:
        return Condition(wanted, True)
    return None if refused is None else Condition(refused, False)


def _parse_group(item: Item) -> Action:
    """Parse a group: a list of actions, or a mapping with `children`."""
    if isinstance(item.value, list):
        yes = Text(('true',), item.where)
        return Group(where=item.where, actions=_parse_actions(item), scoped=yes, forwarding=yes)
    entity = Entity('group', item)
    children = entity.item('children', required=True)
    assert children is not None
    group = Group(
        where=item.where,
        condition=_condition(entity),
        actions=_parse_actions(children),
        scoped=entity.flag('scoped', True),
        forwarding=entity.flag('forwarding', True),
    )
    entity.finish()
    return group


def _parse_argument(entity: Entity, where: Where, condition: Condition | None) -> Argument:
    """Parse `arg` of a launch file."""
    entity.item('name', required=True)
    name = entity.word('name')
    assert name is not None
    choices: list[str] = []
    for choice in entity.entities('choice'):
        choice.item('value', required=True)
        choices.append(choice.word('value') or '')
        choice.finish()
    default = entity.text('default')
    if default is not None and choices and len(default.template) <= 1:
        text = ''.join(part for part in default.template if isinstance(part, str))
        constant = all(isinstance(part, str) for part in default.template)
        if constant and text not in choices:
            raise LaunchFileError(
                f'the default {text!r} of argument {name!r} is none of its '
                f'choices: {", ".join(map(repr, choices))}',
                default.where,
            )
    return Argument(
        where=where,
        condition=condition,
        name=name,
        default=default,
        description=entity.word('description') or '',
        choices=tuple(choices),
    )


def _parse_include(entity: Entity, where: Where, condition: Condition | None) -> Include:
    """Parse `include`."""
    arguments = []
    for argument in entity.entities('arg'):
        arguments.append((argument.required_text('name'), argument.required_text('value')))
        argument.finish()
    return Include(
        where=where,
        condition=condition,
        file=entity.required_text('file'),
        arguments=tuple(arguments),
    )


def _parse_append(entity: Entity, where: Where, condition: Condition | None) -> Action:
    """Parse `append_env`."""
    return AppendEnvironment(
        where=where,
        condition=condition,
        name=entity.required_text('name'),
        value=entity.required_text('value'),
        prepend=entity.flag('prepend', False),
        separator=entity.text('separator') or Text((':',), where),
    )


_PARSERS: dict[str, Callable[[Entity, Where, Condition | None], Action]] = {
    'append_env': _parse_append,
    'arg': _parse_argument,
    'executable': parse_executable,
    'group': lambda e, w, c: _parse_group(Item({}, w)),
    'include': _parse_include,
    'let': lambda e, w, c: Let(
        where=w, condition=c, name=e.required_text('name'), value=e.required_text('value')
    ),
    'log': lambda e, w, c: Log(where=w, condition=c, message=e.required_text('message')),
    'node': parse_node,
    'push_ros_namespace': lambda e, w, c: PushNamespace(
        where=w, condition=c, namespace=e.required_text('namespace')
    ),
    'set_env': lambda e, w, c: SetEnvironment(
        where=w, condition=c, name=e.required_text('name'), value=e.required_text('value')
    ),
    'set_parameter': lambda e, w, c: SetParameter(
        where=w, condition=c, name=e.required_text('name'), value=e.required_text('value')
    ),
    'set_parameters_from_file': lambda e, w, c: SetParametersFromFile(
        where=w, condition=c, file=e.required_text('filename')
    ),
    'set_remap': lambda e, w, c: SetRemap(
        where=w, condition=c, source=e.required_text('from'), target=e.required_text('to')
    ),
    'unset_env': lambda e, w, c: SetEnvironment(
        where=w, condition=c, name=e.required_text('name'), value=None
    ),
}
