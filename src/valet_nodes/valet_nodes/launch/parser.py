"""From the YAML of a launch file to actions; everything unknown is an error.

Types are those of ROS 2's YAML front end, which coerces nothing: a text must be a YAML string
(`default: 'true'`, quoted), a number of seconds must be a float (`1.0`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from valet_nodes.launch.source import Item, LaunchFileError, Where, parse_yaml
from valet_nodes.launch.template import Text, parse_text, unescape

__all__ = ['Action', 'LaunchFile', 'parse_launch_file', 'parse_launch_text']

_TIMEOUT = 5.0  # from SIGINT to SIGTERM and from there to SIGKILL [s], as under ROS 2's launch


@dataclass(frozen=True)
class Action:
    """One action of a launch file."""

    name: str
    where: Where
    values: Mapping[str, Any]
    """What each key of the action holds, read as `_ACTIONS` says"""

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


class LaunchFile(NamedTuple):
    """A launch file as it was parsed."""

    path: str
    actions: list[Action]


def parse_launch_file(path: str | Path) -> LaunchFile:
    """Parse a launch file.

    Raises:
        LaunchFileError: When it cannot be read, and as `parse_launch_text`.
    """
    try:
        text = Path(path).read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchFileError(f'cannot read launch file {path}: {error}') from error
    return parse_launch_text(text, str(path))


def parse_launch_text(text: str, file: str) -> LaunchFile:
    """Parse the text of a launch file; `file` is what messages call it.

    Raises:
        LaunchFileError: Naming file and line, what stands there and what is allowed.
    """
    values = _mapping(parse_yaml(text, file), 'a launch file', {'launch': _Key(_actions, True)})
    return LaunchFile(file, values['launch'])


_Reader: TypeAlias = Callable[[Item, str], Any]  # takes a value and what messages call it


class _Key(NamedTuple):
    """A key that a mapping may have, and what an absent one is read as."""

    read: _Reader
    is_required: bool = False
    default: Any = None


def _mapping(item: Item, name: str, keys: Mapping[str, _Key]) -> dict[str, Any]:
    """Read a mapping with these keys and no others."""
    _need(item, name, 'a mapping of keys', dict)
    for key, child in item.value.items():
        if key not in keys:
            allowed = ', '.join(sorted(keys))
            message = f'unknown key {key!r} in {name}; allowed: {allowed}'
            raise LaunchFileError(message, child.where)
    values = {key: default for key, (_, _, default) in keys.items()}
    for key, (read, is_required, _) in keys.items():
        if key in item.value:
            values[key] = read(item.value[key], f'{key!r} of {name}')
        elif is_required:
            has = ', '.join(sorted(item.value)) or 'none'
            raise LaunchFileError(f'{name} needs the key {key!r}; it has: {has}', item.where)
    return values


def _need(item: Item, name: str, wanted: str, *types: type) -> None:
    """Check the type of a value; a boolean is no integer here."""
    if type(item.value) not in types:
        raise LaunchFileError(f'{name} must be {wanted}, got {item}', item.where)


def _action(item: Item, _: str) -> Action:
    """Read one action, a mapping with its name as the one key."""
    if not isinstance(item.value, dict) or len(item.value) != 1:
        got = ', '.join(item.value) if isinstance(item.value, dict) else item
        raise LaunchFileError(
            f'an action must be a mapping with its name as the one key, got {got}; are the keys '
            'of the action indented below its name?',
            item.where,
        )
    name, body = next(iter(item.value.items()))
    if name not in _ACTIONS:
        allowed = ', '.join(sorted(_ACTIONS))
        raise LaunchFileError(f'unknown action {name!r}; allowed: {allowed}', item.where)
    if name == 'group' and isinstance(body.value, list):
        body = Item({'children': body}, body.where)
    values = _mapping(body, repr(name), {**_ACTIONS[name], 'if': _TEXT, 'unless': _TEXT})
    if values['if'] and values['unless']:
        message = f'{name!r} has both "if" and "unless"; allowed: one of them'
        raise LaunchFileError(message, values['unless'].where)
    return Action(name, body.where, values)


def _text(item: Item, name: str) -> Text:
    """Read a string with substitutions."""
    _need(item, name, 'a string (quote it)', str)
    return parse_text(item.value, item.where)


def _word(item: Item, name: str) -> str:
    """Read a string without substitutions."""
    _need(item, name, 'a string (quote it)', str)
    return unescape(item.value)


def _seconds(item: Item, name: str) -> float:
    """Read a time [s], zero or more."""
    if type(item.value) is not float or not item.value >= 0.0:
        _need(item, name, 'zero or more, with a decimal point, such as 1.0')
    return item.value


def _on_exit(item: Item, name: str) -> bool:
    """Read whether the end of a node is the end of the launch."""
    if item.value != 'shutdown':
        _need(item, name, "'shutdown'")
    return True


def _list_of(read: _Reader) -> _Reader:
    """Return what reads a list, given what reads one element."""

    def read_list(item: Item, name: str) -> list[Any]:
        if not isinstance(item.value, list) or not item.value:
            _need(item, name, 'a list that is not empty')
        return [read(child, name) for child in item.value]

    return read_list


def _table(read: _Reader, *names: str) -> _Key:
    """Return the key of a list of mappings that have all of these keys."""
    keys = {name: _Key(read, is_required=True) for name in names}
    return _Key(_list_of(lambda item, name: _mapping(item, name, keys)), default=[])


def _parameter(item: Item, name: str) -> dict[str, Any]:
    """Read a parameter of a node, or a file of them."""
    entry = _mapping(item, name, {'from': _TEXT, 'name': _TEXT, 'value': _Key(_value)})
    if set(item.value) not in ({'from'}, {'name', 'value'}):
        got = ', '.join(sorted(item.value)) or 'none'
        message = f'{name} takes either "from", or "name" and "value"; got: {got}'
        raise LaunchFileError(message, item.where)
    return entry


def _value(item: Item, name: str) -> Any:
    """Read the value of a parameter: a text, a boolean, a number or a list of one such type."""
    children = item.value if isinstance(item.value, list) else [item]
    wanted = 'a string, a number, a boolean or a list of them'
    for child in children:
        _need(child, name, wanted, str, bool, int, float)
    # Beside other types, a string may be a substitution that gives them.
    if not children or len({type(child.value) for child in children} - {str}) > 1:
        raise LaunchFileError(f'{name} must be a list with values of one type', item.where)
    values = [_text(c, name) if isinstance(c.value, str) else c.value for c in children]
    return values if isinstance(item.value, list) else values[0]


_actions = _list_of(_action)
_TEXT, _NEEDED = _Key(_text), _Key(_text, is_required=True)
_PAIR = {'name': _NEEDED, 'value': _NEEDED}
_ACTIONS: dict[str, dict[str, _Key]] = {
    'arg': {
        'name': _Key(_word, is_required=True),
        'default': _TEXT,
        'description': _Key(_word),
        'choice': _table(_word, 'value'),
    },
    'group': {'children': _Key(_actions, is_required=True)},
    'include': {
        'file': _NEEDED,
        **dict.fromkeys(('arg', 'let'), _table(_text, 'name', 'value')),
    },
    'let': _PAIR,
    'node': {
        'exec': _NEEDED,
        **dict.fromkeys(('pkg', 'name', 'namespace', 'args', 'output', 'respawn'), _TEXT),
        'param': _Key(_list_of(_parameter), default=[]),
        'remap': _table(_text, 'from', 'to'),
        'respawn_delay': _Key(_seconds, default=0.0),
        'on_exit': _Key(_on_exit, default=False),
        **dict.fromkeys(('sigterm_timeout', 'sigkill_timeout'), _Key(_seconds, default=_TIMEOUT)),
    },
    'push_ros_namespace': {'namespace': _NEEDED},
    'set_env': _PAIR,
    'set_parameter': _PAIR,
    'set_parameters_from_file': {'filename': _NEEDED},
    'set_remap': {'from': _NEEDED, 'to': _NEEDED},
}
