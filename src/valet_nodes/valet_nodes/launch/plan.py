"""What a launch will start, ready to be printed or run."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from valet_nodes.launch.errors import Where

__all__ = ['InlineParameters', 'Plan', 'ProcessPlan', 'format_plan']


@dataclass(frozen=True)
class InlineParameters:
    """Parameters written in a launch file, which reach the node through a file of their own."""

    section: str
    """Full name of the node, or `/**` when the launch file does not give it."""
    values: Mapping[str, Any]

    def text(self) -> str:
        """Return the parameter file."""
        return yaml.safe_dump(
            {self.section: {'ros__parameters': dict(self.values)}},
            default_flow_style=False,
            sort_keys=False,
        )


@dataclass(frozen=True)
class ProcessPlan:
    """One process: what to run and what to do when it ends."""

    name: str
    """Label in front of its output, such as `perception-2`."""
    command: tuple[str | InlineParameters, ...]
    """Command line; inline parameters stand where the path of their file will."""
    environment: Mapping[str, str | None]
    """Changes to the environment of the runner; None removes a variable."""
    folder: str | None
    output: str
    respawn: bool
    respawn_delay: float
    respawn_max_retries: int
    required: bool
    sigterm_timeout: float
    sigkill_timeout: float
    where: Where

    def arguments(self, folder: Path) -> list[str]:
        """Return the command line, writing inline parameters into files.

        Args:
            folder: Where the files go; the same content gets the same file.
        """
        result = []
        for index, part in enumerate(self.command):
            if isinstance(part, InlineParameters):
                path = folder / f'{self.name}_{index}.yaml'
                path.write_text(part.text(), encoding='utf-8')
                part = str(path)
            result.append(part)
        return result


@dataclass
class Plan:
    """Everything that one launch does."""

    processes: list[ProcessPlan] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def format_plan(plan: Plan) -> str:
    """Return the plan as text: full command lines, environment changes, inline parameters."""
    blocks = [f'log: {message}' for message in plan.messages]
    blocks += [_format_process(process) for process in plan.processes]
    return '\n'.join(blocks) if blocks else 'nothing to start'


def _format_process(process: ProcessPlan) -> str:
    """Return one process as text."""
    words = [
        f'<parameters {index}>' if isinstance(part, InlineParameters) else shlex.quote(part)
        for index, part in enumerate(process.command)
    ]
    lines = [f'[{process.name}] {" ".join(words)}', f'    from {process.where}']
    for name, value in sorted(process.environment.items()):
        lines.append(
            f'    env unset {name}' if value is None else f'    env {name}={shlex.quote(value)}'
        )
    for index, part in enumerate(process.command):
        if isinstance(part, InlineParameters):
            values = ', '.join(f'{k}: {v!r}' for k, v in part.values.items())
            lines.append(f'    <parameters {index}> {part.section}: {values}')
    if process.folder:
        lines.append(f'    cwd {process.folder}')
    if process.respawn:
        retries = (
            'without limit'
            if process.respawn_max_retries < 0
            else f'{process.respawn_max_retries} times'
        )
        lines.append(f'    respawn after {process.respawn_delay} s, {retries}')
    if process.required:
        lines.append('    required: its end is the end of the launch')
    return '\n'.join(lines)
