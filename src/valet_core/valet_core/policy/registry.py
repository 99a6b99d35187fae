"""Policies by the names under which they are evaluated and launched, and by model folders."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from valet_core.common.assets import find_model
from valet_core.common.errors import ConfigError, InvalidInputError

__all__ = ['CONFIG_FILE', 'PolicyRegistry', 'read_config']

P = TypeVar('P')
CONFIG_FILE = 'config.json'


class PolicyRegistry(Generic[P]):
    """Makes policies of one capability.

    A model folder has a config.json whose key `policy` says which kind of policy reads it.
    """

    def __init__(
        self,
        named: Mapping[str, Callable[[], P]],
        kinds: Mapping[str, Callable[[Path, dict[str, Any]], P]],
    ) -> None:
        """Take what there is.

        Args:
            named: name to a function that makes the policy.
            kinds: kind to a function that reads a model folder, given its config.json too.
        """
        self._named, self._kinds = dict(named), dict(kinds)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that need no model folder."""
        return tuple(self._named)

    def make(self, name: str) -> P:
        """A new policy.

        Args:
            name: one of `names`, a model in models/, or the path of a model folder.

        Raises:
            InvalidInputError: for anything else, saying what was received and what is allowed.
        """
        if name in self._named:
            return self._named[name]()
        try:
            folder = find_model(name)
        except ConfigError as error:
            raise InvalidInputError(
                f'policy: received {name!r}; allowed: {", ".join(self._named)}, or a model '
                f'({error})'
            ) from None
        config = read_config(folder)
        kind = config.get('policy')
        if kind not in self._kinds:
            raise InvalidInputError(
                f'{folder / CONFIG_FILE}: policy: received {kind!r}; allowed: '
                f'{", ".join(self._kinds)}'
            )
        return self._kinds[kind](folder, config)


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a model folder.

    Raises:
        InvalidInputError: if it is missing, cut off or no mapping.
    """
    path = folder / CONFIG_FILE
    try:
        config = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise InvalidInputError(f'{path}: cannot be read: {error}') from error
    if not isinstance(config, dict):
        raise InvalidInputError(f'{path}: received {type(config).__name__}; allowed: an object')
    return config
