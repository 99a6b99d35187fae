"""A launch file evaluated from top to bottom into the plan of what to start."""

from collections.abc import Mapping
from pathlib import Path

from valet_nodes.launch.actions import (
    Action,
    AppendEnvironment,
    Argument,
    Group,
    Include,
    LaunchFile,
    Let,
    Log,
    Process,
    PushNamespace,
    SetEnvironment,
    SetParameter,
    SetParametersFromFile,
    SetRemap,
)
from valet_nodes.launch.arguments import declared_arguments
from valet_nodes.launch.command import build_command, parameter_file
from valet_nodes.launch.context import Context, GlobalParameter, join_namespace
from valet_nodes.launch.entity import Text
from valet_nodes.launch.errors import LaunchFileError
from valet_nodes.launch.parameters import typed_value
from valet_nodes.launch.parser import parse_launch_file
from valet_nodes.launch.plan import InlineParameters, Plan, ProcessPlan
from valet_nodes.launch.process_parser import OUTPUTS
from valet_nodes.launch.substitutions import evaluate_condition, perform

__all__ = ['SIGKILL_TIMEOUT', 'SIGTERM_TIMEOUT', 'evaluate']

SIGTERM_TIMEOUT = 5.0  # s from SIGINT to SIGTERM, as ROS 2's launch
SIGKILL_TIMEOUT = 5.0  # s from SIGTERM to SIGKILL
_DEPTH = 50  # files inside files; a deeper nest is a file that includes itself


def evaluate(
    launch_file: LaunchFile, arguments: Mapping[str, str], environment: Mapping[str, str]
) -> Plan:
    """Evaluate a launch file.

    Args:
        launch_file: The parsed file.
        arguments: Values of launch arguments given from outside.
        environment: Environment variables that the launch starts with.

    Raises:
        LaunchFileError: When something in the files or the arguments is wrong.
    """
    declared = {a.name for a in declared_arguments(launch_file, environment, arguments)}
    unknown = sorted(set(arguments) - declared)
    if unknown:
        raise LaunchFileError(
            f'{launch_file.path} has no argument {unknown[0]!r}; it has: '
            f'{", ".join(sorted(declared)) or "none"}'
        )
    evaluator = _Evaluator(Context(environment=dict(environment), values=dict(arguments)))
    evaluator.visit_file(launch_file)
    return evaluator.plan


class _Evaluator:
    """Visits actions in order, changing the context and filling the plan."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.plan = Plan()
        self.depth = 0

    def text(self, text: Text) -> str:
        """Perform the substitutions of a text."""
        return perform(text.template, self.context, text.where)

    def flag(self, text: Text) -> bool:
        """Return the truth of a text."""
        return evaluate_condition(self.text(text), text.where)

    def visit_file(self, launch_file: LaunchFile) -> None:
        """Visit the actions of a file."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise LaunchFileError(
                f'{launch_file.path}: launch files are included more than '
                f'{_DEPTH} deep; does one include itself?'
            )
        with self.context.inside(launch_file.path):
            self.visit_all(launch_file.actions)
        self.depth -= 1

    def visit_all(self, actions: tuple[Action, ...]) -> None:
        """Visit actions in order."""
        for action in actions:
            self.visit(action)

    def visit(self, action: Action) -> None:
        """Visit one action, unless its condition says no."""
        if (
            action.condition is not None
            and self.flag(action.condition.text) is not action.condition.wanted
        ):
            return
        match action:
            case Argument():
                self.declare(action)
            case Let():
                self.context.values[self.text(action.name)] = self.text(action.value)
            case Group():
                self.visit_group(action)
            case Include():
                self.include(action)
            case SetEnvironment() | AppendEnvironment():
                self.set_environment(action)
            case PushNamespace():
                self.context.namespace = join_namespace(
                    self.context.namespace, self.text(action.namespace)
                )
            case SetParameter():
                value = typed_value(self.text(action.value), None, action.value.where)
                self.context.parameters.append(
                    GlobalParameter(name=self.text(action.name), value=value)
                )
            case SetParametersFromFile():
                self.context.parameters.append(
                    GlobalParameter(file=parameter_file(action.file, self.context))
                )
            case SetRemap():
                self.context.remaps.append((self.text(action.source), self.text(action.target)))
            case Log():
                self.plan.messages.append(self.text(action.message))
            case Process():
                self.plan.processes.append(self.plan_process(action))

    def declare(self, argument: Argument) -> None:
        """Give an argument its value: what was passed, or the default."""
        name = argument.name
        if name not in self.context.values:
            if argument.default is None:
                raise LaunchFileError(
                    f'argument {name!r} needs a value ({argument.description or "no description"}'
                    f'); give {name}:=value',
                    argument.where,
                )
            self.context.values[name] = self.text(argument.default)
        value = self.context.values[name]
        if argument.choices and value not in argument.choices:
            raise LaunchFileError(
                f'argument {name!r} is {value!r}; allowed: '
                f'{", ".join(map(repr, argument.choices))}',
                argument.where,
            )

    def visit_group(self, group: Group) -> None:
        """Visit the actions of a group, in a scope of their own if it has one."""
        if self.flag(group.scoped):
            with self.context.scope(self.flag(group.forwarding)):
                self.visit_all(group.actions)
        else:
            self.visit_all(group.actions)

    def include(self, include: Include) -> None:
        """Visit another file with values for its arguments."""
        path = Path(self.text(include.file))
        if path.name.endswith(('.py', '.xml')):
            raise LaunchFileError(
                f'cannot include {path}: only YAML launch files run here; ROS '
                "2's own `ros2 launch` runs the others",
                include.where,
            )
        if not path.is_file():
            raise LaunchFileError(f'included launch file {path} does not exist', include.where)
        for name, value in include.arguments:
            self.context.values[self.text(name)] = self.text(value)
        self.visit_file(parse_launch_file(path))

    def set_environment(self, action: SetEnvironment | AppendEnvironment) -> None:
        """Change an environment variable."""
        name = self.text(action.name)
        environment = self.context.environment
        if isinstance(action, SetEnvironment):
            if action.value is None:
                environment.pop(name, None)
            else:
                environment[name] = self.text(action.value)
            return
        parts = [environment[name]] if name in environment else []
        parts.insert(0 if self.flag(action.prepend) else len(parts), self.text(action.value))
        environment[name] = self.text(action.separator).join(parts)

    def plan_process(self, process: Process) -> ProcessPlan:
        """Work out everything about one process."""
        command = build_command(process, self.context)
        words = [word for word in command if not isinstance(word, InlineParameters)]
        if process.process_name is not None:
            label = self.text(process.process_name)
        elif process.executable is not None:
            label = Path(self.text(process.executable)).name
        else:
            label = Path(words[0]).name
        output, respawn = self.text(process.output), self.flag(process.respawn)
        if output not in OUTPUTS:
            raise LaunchFileError(
                f'output {output!r} is unknown; allowed: {", ".join(OUTPUTS)}',
                process.output.where,
            )
        if respawn and process.required:
            raise LaunchFileError(
                '"respawn" and "on_exit: shutdown" exclude each other', process.where
            )
        if self.flag(process.shell):
            command = ('/bin/sh', '-c', ' '.join(words))
        with self.context.scope():
            for name, value in process.environment:
                self.context.environment[self.text(name)] = self.text(value)
            changes = self.context.environment_changes()
        return ProcessPlan(
            name=f'{label}-{len(self.plan.processes) + 1}',
            command=command,
            environment=changes,
            folder=self.text(process.folder) if process.folder else None,
            output=output,
            respawn=respawn,
            respawn_delay=process.respawn_delay,
            respawn_max_retries=process.respawn_max_retries,
            required=process.required,
            sigterm_timeout=SIGTERM_TIMEOUT
            if process.sigterm_timeout is None
            else process.sigterm_timeout,
            sigkill_timeout=SIGKILL_TIMEOUT
            if process.sigkill_timeout is None
            else process.sigkill_timeout,
            where=process.where,
        )
