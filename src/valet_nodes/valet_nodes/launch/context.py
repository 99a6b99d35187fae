"""What is in force at one point of a launch file: values, environment, namespace, rules."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ['Context', 'GlobalParameter', 'join_namespace']


@dataclass(frozen=True)
class GlobalParameter:
    """A parameter, or a file of them, for every node that follows in the scope."""

    name: str | None = None
    """Name of the parameter; None for a file."""
    value: Any = None
    """Value of the parameter."""
    file: Path | None = None
    """Parameter file; None for a single parameter."""


@dataclass
class Context:
    """Mutable state while a launch file is evaluated from top to bottom.

    Included files share the values of the file that includes them, in both directions, as under
    ROS 2's own launch; only a scoped group keeps its changes to itself.
    """

    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    """Environment variables in force, with the changes so far."""
    values: dict[str, str] = field(default_factory=dict)
    """Launch arguments and `let` values by name."""
    namespace: str | None = None
    """Absolute ROS namespace pushed so far, None for none."""
    parameters: list[GlobalParameter] = field(default_factory=list)
    """Parameters for all nodes, in the order in which they were set."""
    remaps: list[tuple[str, str]] = field(default_factory=list)
    """Remapping rules for all nodes: from, to."""
    file: str = ''
    """Launch file that is being evaluated."""
    base_environment: Mapping[str, str] = field(default_factory=dict)
    """Environment that the launch started with."""

    def __post_init__(self) -> None:
        """Remember the environment that changes are counted from."""
        self.base_environment = dict(self.environment)

    @contextmanager
    def scope(self, forwarding: bool = True) -> Iterator[None]:
        """Undo every change when the block ends.

        Args:
            forwarding: Whether the block sees what was in force before it.
        """
        saved = (
            dict(self.environment),
            dict(self.values),
            self.namespace,
            list(self.parameters),
            list(self.remaps),
        )
        if not forwarding:
            self.environment = dict(self.base_environment)
            self.values, self.namespace, self.parameters, self.remaps = {}, None, [], []
        try:
            yield
        finally:
            (self.environment, self.values, self.namespace, self.parameters, self.remaps) = saved

    @contextmanager
    def inside(self, file: str) -> Iterator[None]:
        """Evaluate another file, which `$(dirname)` and `$(filename)` then mean."""
        saved, self.file = self.file, file
        try:
            yield
        finally:
            self.file = saved

    def environment_changes(self) -> dict[str, str | None]:
        """Return the variables that differ from the start; None for a removed one."""
        changes: dict[str, str | None] = {
            name: value
            for name, value in self.environment.items()
            if self.base_environment.get(name) != value
        }
        changes.update(
            {name: None for name in self.base_environment if name not in self.environment}
        )
        return changes


def join_namespace(base: str | None, namespace: str | None) -> str | None:
    """Put a namespace under another one; an absolute one stands for itself.

    Returns:
        An absolute namespace without a trailing slash, or None when both are None.
    """
    if base is None and namespace is None:
        return None
    if namespace is None:
        joined = base or ''
    elif not base or namespace.startswith('/'):
        joined = namespace
    else:
        joined = f'{base.rstrip("/")}/{namespace}'
    return '/' + joined.strip('/')
