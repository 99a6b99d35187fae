"""What is in force at one point of a launch file: values, environment, namespace, rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.source import LaunchFileError
from valet_nodes.launch.substitutions import perform
from valet_nodes.launch.template import Text

__all__ = ['Context', 'join_namespace']


@dataclass
class Context:
    """Mutable state while a launch file is evaluated from top to bottom.

    Included files share the values of the file that includes them, in both directions, as under
    ROS 2's own launch; only a group keeps its changes to itself.
    """

    environment: Mapping[str, str]
    """Environment variables that the launch started with."""
    values: dict[str, str] = field(default_factory=dict)
    """Launch arguments and `let` values by name."""
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
        return perform(text.template, self.values, self.variables, text.where)

    def flag(self, text: Text) -> bool:
        """Return the truth of a text, by the rules of ROS 2's launch.

        Raises:
            LaunchFileError: When it is none of true, 1, false and 0.
        """
        word = self.text(text).strip().lower()
        if word not in ('true', '1', 'false', '0'):
            raise LaunchFileError(
                f'{word!r} is neither true nor false; allowed: true, 1, false, 0', text.where
            )
        return word in ('true', '1')


def join_namespace(base: str | None, namespace: str | None) -> str | None:
    """Put a namespace under another one; an absolute one stands for itself.

    Returns:
        An absolute namespace without a trailing slash, or None when both are None.
    """
    if base is None and namespace is None:
        return None
    own = namespace or ''
    joined = own if own.startswith('/') else f'{base or ""}/{own}'
    return '/' + joined.strip('/')
