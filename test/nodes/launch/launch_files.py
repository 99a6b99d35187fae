"""What the tests of the launch runner share: files, a prefix with packages, evaluation."""

import stat
from pathlib import Path
from textwrap import dedent

from valet_nodes.launch.evaluate import evaluate
from valet_nodes.launch.parser import parse_launch_text

INDEX = 'share/ament_index/resource_index/packages'


def plan_of(text, arguments=None, environment=None, file='t.launch.yaml'):
    """Evaluate the text of a launch file."""
    return evaluate(parse_launch_text(dedent(text), file), arguments or {}, environment or {})


def command_of(text, **kwargs):
    """Return the words of the one process of a launch file."""
    (process,) = plan_of(text, **kwargs)
    return list(process.command)


def make_package(prefix: Path, name: str, executables: tuple[str, ...] = ()) -> Path:
    """Install an empty package under a prefix; return its share folder."""
    for folder in (INDEX, f'share/{name}', f'lib/{name}'):
        (prefix / folder).mkdir(parents=True, exist_ok=True)
    (prefix / INDEX / name).touch()
    for executable in executables:
        path = prefix / 'lib' / name / executable
        path.write_text('#!/bin/sh\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return prefix / 'share' / name
