"""What is in force at one point of a launch file: values, environment, namespace, rules."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.packages import find_package_share
from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.source import LaunchFileError
from valet_nodes.launch.template import Call, Template, Text

__all__ = ['Context']

_BOOLEANS = {'true': True, '1': True, 'false': False, '0': False}


@dataclass
class Context:
    """Mutable state while a launch file is evaluated from top to bottom.

    Included files share the values of the file that includes them, in both directions, as under
    ROS 2's own launch; only a group keeps its changes to itself.
    """

    environment: Mapping[str, str]
    """Environment variables that the launch started with."""
    values: dict[str, str]
    """Launch arguments and `let` values by name."""
    files: list[Path]
    """Launch files around the present place, without symbolic links, shared by all scopes."""
    changes: dict[str, str] = field(default_factory=dict)
    """Environment variables that were set."""
    namespace: str | None = None
    """Absolute ROS namespace pushed so far, None for none."""
    parameters: list[str] = field(default_factory=list)
    """Words on the command line for the parameters of all nodes, the last one wins."""
    remaps: list[str] = field(default_factory=list)
    """Words on the command line for the remapping rules of all nodes, the first one wins."""
    processes: list[ProcessPlan] = field(default_factory=list)
    """What will be started, shared by all scopes."""

    def scope(self) -> 'Context':
        """Return a copy, whose changes are its own.

        As under ROS 2's launch, parameters and remapping rules of all nodes get out of a group
        inside which something already has some: there the two share one list.
        """
        return replace(
            self,
            values=dict(self.values),
            changes=dict(self.changes),
            parameters=self.parameters or [],
            remaps=self.remaps or [],
        )

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables in force."""
        return {**self.environment, **self.changes}

    def text(self, text: Text) -> str:
        """Perform the substitutions of a text.

        Raises:
            LaunchFileError: When one cannot be performed.
        """
        try:
            return self._perform(text.template)
        except InvalidInputError as error:
            raise LaunchFileError(str(error), text.where) from error

    def flag(self, text: Text) -> bool:
        """Return the truth of a text, by the rules of ROS 2's launch.

        Raises:
            LaunchFileError: When it is none of true, 1, false and 0.
        """
        word = self.text(text).strip().lower()
        if word not in _BOOLEANS:
            allowed = ', '.join(_BOOLEANS)
            message = f'{word!r} is neither true nor false; allowed: {allowed}'
            raise LaunchFileError(message, text.where)
        return _BOOLEANS[word]

    def joined(self, namespace: str) -> str:
        """Return a namespace put under the one in force, absolute and without a slash at the end.

        One that is absolute stands for itself.
        """
        around = '' if namespace.startswith('/') else self.namespace or ''
        return '/' + f'{around}/{namespace}'.strip('/')

    def _perform(self, template: Template) -> str:
        """Return the text of a template."""
        return ''.join(p if isinstance(p, str) else self._call(p) for p in template)

    def _call(self, call: Call) -> str:
        """Perform one substitution."""
        words = [self._perform(argument) for argument in call.arguments]
        match call.name:
            case 'var':
                return _look_up('launch argument', self.values, *words)
            case 'env':
                return _look_up('environment variable', self.variables, *words)
            case 'find-pkg-share':
                return str(find_package_share(*words, self.variables))
            case _:
                # ROS 2's launch takes a quoted nothing for an empty list and compares its name.
                pairs = zip(call.arguments, words, strict=True)
                return str(_equal(*(word if some else '[]' for some, word in pairs))).lower()


def _look_up(kind: str, known: Mapping[str, str], name: str, default: str | None = None) -> str:
    """Return the value of a name, or the default."""
    value = known.get(name, default)
    if value is None:
        raise InvalidInputError(f'{kind} {name!r} is not defined here')
    return value


def _equal(left: str, right: str) -> bool:
    """Compare as ROS 2's `$(equals)` does: booleans and numbers by value, else as text."""
    if left.lower() in _BOOLEANS and right.lower() in _BOOLEANS:
        return _BOOLEANS[left.lower()] is _BOOLEANS[right.lower()]
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right
