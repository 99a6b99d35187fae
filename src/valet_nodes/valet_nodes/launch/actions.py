"""What a launch file can say, as data: one class for each action."""

from dataclasses import dataclass
from typing import Any

from valet_nodes.launch.entity import Text
from valet_nodes.launch.errors import Where

__all__ = [
    'Action',
    'AppendEnvironment',
    'Argument',
    'Condition',
    'Group',
    'Include',
    'LaunchFile',
    'Let',
    'Log',
    'Parameter',
    'ParameterFile',
    'Process',
    'PushNamespace',
    'SetEnvironment',
    'SetParameter',
    'SetParametersFromFile',
    'SetRemap',
]


@dataclass(frozen=True)
class Condition:
    """When an action is taken."""

    text: Text
    wanted: bool
    """True for `if`, False for `unless`."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """Base of every action."""

    where: Where
    condition: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Argument(Action):
    """`arg`: a launch argument that the file declares."""

    name: str
    default: Text | None
    description: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Let(Action):
    """`let`: a value for the rest of the scope."""

    name: Text
    value: Text


@dataclass(frozen=True, kw_only=True)
class Group(Action):
    """`group`: actions in a scope of their own."""

    actions: tuple[Action, ...]
    scoped: Text
    forwarding: Text


@dataclass(frozen=True, kw_only=True)
class Include(Action):
    """`include`: another launch file with values for its arguments."""

    file: Text
    arguments: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, kw_only=True)
class SetEnvironment(Action):
    """`set_env` and `unset_env`: an environment variable for what follows."""

    name: Text
    value: Text | None
    """None removes the variable."""


@dataclass(frozen=True, kw_only=True)
class AppendEnvironment(Action):
    """`append_env`: more for an environment variable that is a list."""

    name: Text
    value: Text
    prepend: Text
    separator: Text


@dataclass(frozen=True, kw_only=True)
class PushNamespace(Action):
    """`push_ros_namespace`: a namespace around the nodes that follow in the scope."""

    namespace: Text


@dataclass(frozen=True, kw_only=True)
class SetParameter(Action):
    """`set_parameter`: a parameter of all nodes that follow in the scope."""

    name: Text
    value: Text


@dataclass(frozen=True, kw_only=True)
class SetParametersFromFile(Action):
    """`set_parameters_from_file`: a parameter file for all nodes that follow in the scope."""

    file: Text


@dataclass(frozen=True, kw_only=True)
class SetRemap(Action):
    """`set_remap`: a remapping rule for all nodes that follow in the scope."""

    source: Text
    target: Text


@dataclass(frozen=True, kw_only=True)
class Log(Action):
    """`log`: a message printed as the launch starts."""

    message: Text


@dataclass(frozen=True)
class Parameter:
    """One parameter of a node: a value, or parameters nested under a name."""

    name: Text
    value: Any
    """A Text, a scalar, a list of Texts and scalars, or a tuple of nested Parameters."""
    type_name: str | None
    where: Where


@dataclass(frozen=True)
class ParameterFile:
    """A parameter file of a node."""

    path: Text


@dataclass(frozen=True, kw_only=True)
class Process(Action):
    """`node` and `executable`: a process to run."""

    package: Text | None
    executable: Text | None
    """Name of the executable of a node; None for `executable`."""
    command: Text | None
    """Command line of `executable`; None for `node`."""
    node_name: Text | None
    namespace: Text | None
    process_name: Text | None
    arguments: Text | None
    ros_arguments: Text | None
    parameters: tuple[Parameter | ParameterFile, ...]
    remaps: tuple[tuple[Text, Text], ...]
    environment: tuple[tuple[Text, Text], ...]
    prefix: Text | None
    folder: Text | None
    shell: Text
    output: Text
    respawn: Text
    respawn_delay: float
    respawn_max_retries: int
    required: bool
    """Whether its end is the end of the launch (`on_exit: shutdown`)."""
    sigterm_timeout: float | None
    sigkill_timeout: float | None


@dataclass(frozen=True)
class LaunchFile:
    """A launch file as it was parsed."""

    path: str
    actions: tuple[Action, ...]
