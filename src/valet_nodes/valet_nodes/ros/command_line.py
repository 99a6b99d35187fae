"""The parameters on a node's command line, put so that ROS 2 loses none of them.

rcl keeps parameters by section (`/**`, `/**/perception`, `/lab/perception`), in the order in which
sections first appear on the command line. So `-p name:=value`, which is of `/**`, loses against a
more exact section of a file before it. And where one section gives a parameter values of several
types, rcl keeps one of each and rclpy takes an integer before a float and that before a string:
`-p seed:=abc` after a file with `seed: 0` is ignored in silence. A node therefore reads one file
with one value for each parameter of a section, in which `-p` is a section behind all others.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import rclpy
import yaml
from rclpy.signals import SignalHandlerOptions

__all__ = ['initialise', 'join_parameters']

_EVERY_NODE = '/**/**/*'  # matches every node, and is nobody's name for that
_KEY = 'ros__parameters'

# Section -> parameter -> value, not converted: what is a number is for rcl to say.
_Sections = dict[str, dict[str, yaml.Node]]


def initialise(words: Sequence[str]) -> None:
    """Initialise rclpy with a command line, without signal handlers.

    Raises:
        RCLError, UnknownROSArgsError: where rclpy cannot read the words or a file among them.
    """
    others, parameters = join_parameters(words)
    with tempfile.NamedTemporaryFile('w', prefix='valet_', suffix='.yaml') as file:
        if parameters:
            file.write(parameters)
            file.flush()
            others += ['--ros-args', '--params-file', file.name]
        rclpy.init(args=others, signal_handler_options=SignalHandlerOptions.NO)


def join_parameters(words: Sequence[str]) -> tuple[list[str], str]:
    """Take the parameters out of a command line.

    Args:
        words: command line.

    Returns:
        The other words, with those that are left for rcl to refuse, and the text of a params file,
        empty for none.
    """
    others: list[str] = []
    sections: _Sections = {}
    singly: dict[str, yaml.Node] = {}
    rest, is_ros = list(words), False
    while rest:
        word = rest.pop(0)
        is_ros = word == '--ros-args' or (is_ros and word != '--')
        try:
            if is_ros and rest and word == '--params-file':
                _merge(sections, _read(Path(rest[0])))
            elif is_ros and rest and word in ('-p', '--param'):
                name, value = _rule(rest[0])
                singly[name] = value
            else:
                others.append(word)
                continue
        except (OSError, ValueError, yaml.YAMLError):
            others += [word, rest[0]]
        rest.pop(0)
    _merge(sections, {_EVERY_NODE: singly})
    return others, _text(sections)


def _rule(rule: str) -> tuple[str, yaml.Node]:
    """Take `name:=value` apart; one for a certain node (`node:name:=value`) is left to rcl."""
    name, _, text = rule.partition(':=')
    value = yaml.compose(text)
    if value is None or not name or ':' in name:
        raise ValueError(rule)
    return name, value


def _merge(sections: _Sections, more: _Sections) -> None:
    """Add parameters; a later value takes the place of an earlier one."""
    for section, parameters in more.items():
        sections.setdefault(section, {}).update(parameters)


def _read(path: Path) -> _Sections:
    """Read a params file."""
    sections: _Sections = {}
    for names, parameters in _sections(yaml.compose(path.read_text(encoding='utf-8')), ()):
        _merge(sections, {'/' + '/'.join(names).lstrip('/'): dict(_flat(parameters, ''))})
    return sections


def _sections(
    node: yaml.Node | None, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """Find the sections of a file, at any depth of namespaces."""
    for key, value in _items(node):
        if key == _KEY and names:
            yield names, value
        else:
            yield from _sections(value, (*names, key))


def _flat(node: yaml.Node, start: str) -> Iterator[tuple[str, yaml.Node]]:
    """Give the parameters of a section their full names."""
    for key, value in _items(node):
        if isinstance(value, yaml.MappingNode):
            yield from _flat(value, f'{start}{key}.')
        elif value.tag == 'tag:yaml.org,2002:null':
            raise ValueError(f'{key} has no value')
        else:
            yield f'{start}{key}', value


def _items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ValueError('not a mapping')
    for key, value in node.value:
        yield str(key.value), value


def _text(sections: _Sections) -> str:
    """Return the text of a params file."""
    filled = {section: parameters for section, parameters in sections.items() if parameters}
    document = _mapping({name: _mapping({_KEY: _mapping(p)}) for name, p in filled.items()})
    return yaml.serialize(document) if filled else ''


def _mapping(items: dict[str, yaml.Node]) -> yaml.MappingNode:
    pairs = [
        (yaml.ScalarNode('tag:yaml.org,2002:str', key), value) for key, value in items.items()
    ]
    return yaml.MappingNode('tag:yaml.org,2002:map', pairs, flow_style=False)
