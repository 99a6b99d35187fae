"""One mapping of a launch file read key by key, with types checked and leftovers refused.

Types are those of ROS 2's YAML front end, which coerces nothing: a text must be a YAML string
(`default: 'true'`, quoted), a number of seconds must be a float (`1.0`).
"""

from dataclasses import dataclass

from valet_nodes.launch.errors import LaunchFileError, Where
from valet_nodes.launch.source import Item
from valet_nodes.launch.substitutions import check_calls
from valet_nodes.launch.template import Template, parse_template, unescape

__all__ = ['Entity', 'Text']


@dataclass(frozen=True)
class Text:
    """A string with substitutions and where it stands."""

    template: Template
    where: Where


class Entity:
    """Typed access to the keys of one mapping."""

    def __init__(self, name: str, item: Item) -> None:
        """Take the mapping that stands under the key `name`.

        Raises:
            LaunchFileError: When the value is not a mapping.
        """
        if not isinstance(item.value, dict):
            raise LaunchFileError(
                f'{name!r} must be a mapping of keys, got {item.kind}', item.where
            )
        self.name = name
        self.where = item.where
        self._items: dict[str, Item] = item.value
        self._known: set[str] = set()

    def item(self, key: str, required: bool = False) -> Item | None:
        """Return the raw value of a key, None when it is absent.

        Raises:
            LaunchFileError: When a required key is absent.
        """
        self._known.add(key)
        if key in self._items:
            return self._items[key]
        if required:
            raise LaunchFileError(
                f'{self.name!r} needs the key {key!r}; it has: '
                f'{", ".join(sorted(self._items)) or "none"}',
                self.where,
            )
        return None

    def text(self, key: str) -> Text | None:
        """Return a string with substitutions, None when the key is absent.

        Raises:
            LaunchFileError: When the value is not a string or holds a wrong substitution.
        """
        item = self.item(key)
        return None if item is None else self._as_text(key, item)

    def required_text(self, key: str) -> Text:
        """Return a string with substitutions that must be there.

        Raises:
            LaunchFileError: When the key is absent, or as for `text`.
        """
        item = self.item(key, required=True)
        assert item is not None
        return self._as_text(key, item)

    def word(self, key: str) -> str | None:
        """Return a string without substitutions, None when the key is absent."""
        item = self.item(key)
        if item is None:
            return None
        self._need(key, item, (str,), 'a string (quote it)')
        return unescape(item.value)

    def flag(self, key: str, default: bool) -> Text:
        """Return a boolean, or a text that will say true or false."""
        item = self.item(key)
        if item is None:
            return Text((str(default).lower(),), self.where)
        self._need(key, item, (bool, str), 'true or false')
        if isinstance(item.value, bool):
            return Text((str(item.value).lower(),), item.where)
        return self._as_text(key, item)

    def seconds(self, key: str, default: float) -> float:
        """Return a number of seconds, zero or more."""
        item = self.item(key)
        if item is None:
            return default
        self._need(key, item, (float,), 'a number with a decimal point, such as 1.0')
        if not item.value >= 0.0:
            raise LaunchFileError(f'{key!r} must be zero or more, got {item.value}', item.where)
        return item.value

    def integer(self, key: str, default: int) -> int:
        """Return a whole number."""
        item = self.item(key)
        if item is None:
            return default
        self._need(key, item, (int,), 'a whole number')
        return item.value

    def entities(self, key: str) -> list['Entity']:
        """Return the mappings of a list, empty when the key is absent."""
        item = self.item(key)
        if item is None:
            return []
        if not isinstance(item.value, list) or not item.value:
            raise LaunchFileError(
                f'{key!r} of {self.name!r} must be a list of mappings, got '
                f'{"an empty list" if item.value == [] else item.kind}',
                item.where,
            )
        return [Entity(key, child) for child in item]

    def finish(self) -> None:
        """Refuse keys that nothing has asked for.

        Raises:
            LaunchFileError: Naming the first such key and those that are allowed.
        """
        for key, item in self._items.items():
            if key not in self._known:
                raise LaunchFileError(
                    f'unknown key {key!r} in {self.name!r}; allowed: '
                    f'{", ".join(sorted(self._known))}',
                    item.where,
                )

    def _as_text(self, key: str, item: Item) -> Text:
        """Parse a string value."""
        self._need(key, item, (str,), 'a string (quote it)')
        template = parse_template(item.value, item.where)
        check_calls(template, item.where)
        return Text(template, item.where)

    def _need(self, key: str, item: Item, types: tuple[type, ...], wanted: str) -> None:
        """Check the type of a value; a boolean is no integer here."""
        if not isinstance(item.value, types) or (
            isinstance(item.value, bool) and bool not in types
        ):
            raise LaunchFileError(
                f'{key!r} of {self.name!r} must be {wanted}, got {item.kind}: {item.plain()!r}',
                item.where,
            )
