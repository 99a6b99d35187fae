"""YAML launch files read with the line of every value."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from valet_core.common.errors import ConfigError

__all__ = ['Item', 'LaunchFileError', 'Where', 'parse_yaml']

_KINDS = {dict: 'a mapping', list: 'a list', type(None): 'nothing'}


class Where(NamedTuple):
    """A place in a launch file."""

    file: str
    """Path as it was opened."""
    line: int
    """Line, counted from 1."""

    def __str__(self) -> str:
        """Return `file:line`, which editors and terminals turn into a link."""
        return f'{self.file}:{self.line}'


class LaunchFileError(ConfigError):
    """A launch file, or an argument given to it, that cannot be right."""

    def __init__(self, message: str, where: Where | None = None) -> None:
        """Put the place before the message, which says what was received and what is allowed."""
        super().__init__(message if where is None else f'{where}: {message}')


@dataclass(frozen=True)
class Item:
    """One YAML value and where it stands."""

    value: Any
    """A dict of Items by key, a list of Items, or a plain scalar."""
    where: Where

    def __str__(self) -> str:
        """Return the value for messages, or what kind of thing it is."""
        return _KINDS.get(type(self.value)) or repr(self.value)


def parse_yaml(text: str, file: str) -> Item:
    """Parse YAML text; `file` is what messages call it.

    Raises:
        LaunchFileError: When the text is not YAML, or a mapping has a key twice.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        return Item(None, Where(file, 1)) if node is None else _convert(node, loader, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(file, mark.line + 1 if mark else 1)
        raise LaunchFileError(f'not valid YAML: {error.problem}', where) from error
    except yaml.YAMLError as error:
        raise LaunchFileError(f'not valid YAML: {error}', Where(file, 1)) from error
    finally:
        loader.dispose()


def _convert(node: yaml.Node, loader: yaml.SafeLoader, file: str) -> Item:
    """Turn a YAML node into Items."""
    where = Where(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return Item(_convert_mapping(node, loader, file), where)
    if isinstance(node, yaml.SequenceNode):
        return Item([_convert(child, loader, file) for child in node.value], where)
    try:
        return Item(loader.construct_object(node), where)
    except ValueError as error:  # such as a date that does not exist
        raise LaunchFileError(f'not valid YAML: {error}', where) from error


def _convert_mapping(
    node: yaml.MappingNode, loader: yaml.SafeLoader, file: str
) -> dict[str, Item]:
    """Turn a mapping node into a dict, refusing keys given twice."""
    result: dict[str, Item] = {}
    for key_node, value_node in node.value:
        where = Where(file, key_node.start_mark.line + 1)
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise LaunchFileError(f'a key must be a string, got {key!r}', where)
        if key in result:
            raise LaunchFileError(
                f'key {key!r} is given twice, first at line {result[key].where.line}', where
            )
        result[key] = _convert(value_node, loader, file)
    return result
