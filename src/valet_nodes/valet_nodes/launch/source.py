"""YAML launch files read with the line of every value."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from valet_nodes.launch.errors import LaunchFileError, Where

__all__ = ['Item', 'parse_yaml', 'read_yaml']


@dataclass(frozen=True)
class Item:
    """One YAML value and where it stands.

    `value` is a dict of Items by key, a list of Items, or a plain scalar.
    """

    value: Any
    where: Where

    @property
    def kind(self) -> str:
        """Name of the YAML type, for messages."""
        names = {
            dict: 'a mapping',
            list: 'a list',
            str: 'a string',
            bool: 'a boolean',
            int: 'an integer',
            float: 'a number',
            type(None): 'nothing',
        }
        return names.get(type(self.value), type(self.value).__name__)

    def plain(self) -> Any:
        """Return the value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def __iter__(self) -> Iterator['Item']:
        """Iterate over the items of a list.

        Raises:
            LaunchFileError: When the value is not a list.
        """
        if not isinstance(self.value, list):
            raise LaunchFileError(f'expected a list, got {self.kind}', self.where)
        return iter(self.value)


def read_yaml(path: str | Path) -> Item:
    """Read one YAML file.

    Raises:
        LaunchFileError: When the file cannot be read or is not YAML.
    """
    try:
        text = Path(path).read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchFileError(f'cannot read launch file {path}: {error}') from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> Item:
    """Parse YAML text; `file` is only named in messages.

    Raises:
        LaunchFileError: When the text is not YAML, or a mapping has a key twice.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Item(None, Where(file, 1))
        return _convert(node, loader, file)
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
