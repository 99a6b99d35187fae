"""YAML launch files read with the line of every value."""

from typing import Any, NamedTuple

import yaml

from valet_core.common.errors import ConfigError

__all__ = ['Item', 'LaunchFileError', 'Where', 'parse_yaml']

_KINDS = {dict: 'a mapping', list: 'a list', type(None): 'nothing'}


class Where(NamedTuple):
    """A place in a launch file, as `file:line`, which editors and terminals turn into a link."""

    file: str
    """Path as it was opened."""
    line: int
    """Line, counted from 1."""

    def __str__(self) -> str:
        return f'{self.file}:{self.line}'


class LaunchFileError(ConfigError):
    """A launch file, or an argument given to it, that cannot be right."""

    def __init__(self, message: str, where: Where | None = None) -> None:
        """Put the place before the message, which says what was received and what is allowed."""
        super().__init__(message if where is None else f'{where}: {message}')


class Item(NamedTuple):
    """One YAML value and where it stands; as a string, what messages call it."""

    value: Any
    """A dict of Items by key, a list of Items, or a plain scalar."""
    where: Where

    def __str__(self) -> str:
        return _KINDS.get(type(self.value)) or repr(self.value)


def parse_yaml(text: str, file: str) -> Item:
    """Parse YAML text; `file` is what messages call it.

    Raises:
        LaunchFileError: When the text is not YAML, or a mapping has a key twice.
    """
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        return Item(None, Where(file, 1)) if node is None else _convert(node, file)
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        where = Where(file, mark.line + 1 if mark else 1)
        problem = getattr(error, 'problem', error)
        raise LaunchFileError(f'not valid YAML: {problem}', where) from error


def _convert(node: yaml.Node, file: str) -> Item:
    """Turn a YAML node into Items, refusing keys given twice."""
    where = Where(file, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return Item([_convert(child, file) for child in node.value], where)
    if isinstance(node, yaml.ScalarNode):
        try:
            return Item(yaml.constructor.SafeConstructor().construct_object(node), where)
        except ValueError as error:  # such as a date that does not exist
            raise LaunchFileError(f'not valid YAML: {error}', where) from error
    result: dict[str, Item] = {}
    for key_node, value_node in node.value:
        key = _convert(key_node, file)
        if not isinstance(key.value, str):
            raise LaunchFileError(f'a key must be a string, got {key}', key.where)
        if key.value in result:
            line = result[key.value].where.line
            message = f'key {key.value!r} is given twice, first at line {line}'
            raise LaunchFileError(message, key.where)
        result[key.value] = _convert(value_node, file)
    return Item(result, where)
