"""What a launch will start, ready to be printed or run."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from valet_nodes.launch.source import Where

__all__ = ['InlineParameter', 'ProcessPlan', 'format_plan']


class InlineParameter(NamedTuple):
    """A parameter written in a launch file, which reaches the node through a file of its own."""

    section: str
    """Full name of the node, or `/**` when the launch file does not give it."""
    name: str
    value: Any

    def text(self) -> str:
        """Return the parameter file."""
        content = {self.section: {'ros__parameters': {self.name: self.value}}}
        return yaml.safe_dump(content, default_flow_style=False)


@dataclass(frozen=True, kw_only=True)
class ProcessPlan:
    """One process: what to run and what to do when it ends."""

    name: str
    """Label in front of its output, such as `perception-2`."""
    command: tuple[str | InlineParameter, ...]
    """Command line; inline parameters stand where the path of their file will."""
    environment: Mapping[str, str]
    """Variables that are set beside those of the runner."""
    output: str
    """Where its output goes, as `OutputSink` lists it."""
    respawn: bool
    respawn_delay: float
    """From its end to the next start [s]."""
    required: bool
    """Whether its end is the end of the launch (`on_exit: shutdown`)."""
    timeouts: tuple[float, float]
    """From SIGINT to SIGTERM and from there to SIGKILL [s]."""
    where: Where

    def arguments(self, folder: Path) -> list[str]:
        """Return the command line, writing inline parameters into files of a folder."""
        result = []
        for index, part in enumerate(self.command):
            if isinstance(part, InlineParameter):
                path = folder / f'{self.name}_{index}.yaml'
                path.write_text(part.text(), encoding='utf-8')
                part = str(path)
            result.append(part)
        return result


def format_plan(processes: Sequence[ProcessPlan]) -> str:
    """Return the plan as text: full command lines, environment changes, inline parameters."""
    return '\n'.join(map(_format_process, processes)) or 'nothing to start'


def _format_process(process: ProcessPlan) -> str:
    """Return one process as text."""
    words, notes = [], [f'from {process.where}']
    notes += [f'env {k}={shlex.quote(v)}' for k, v in sorted(process.environment.items())]
    for index, part in enumerate(process.command):
        if isinstance(part, InlineParameter):
            words.append(f'<parameters {index}>')
            notes.append(f'{words[-1]} {part.section}: {part.name}: {part.value!r}')
        else:
            words.append(shlex.quote(part))
    if process.respawn:
        notes.append(f'respawn after {process.respawn_delay} s')
    if process.required:
        notes.append('required: its end is the end of the launch')
    return '\n    '.join([f'[{process.name}] {" ".join(words)}', *notes])
