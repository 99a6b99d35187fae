"""`valet launch FILE [name:=value ...]`: run a launch file."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from valet_core.common.errors import InvalidInputError, ValetError

if TYPE_CHECKING:
    from valet_nodes.launch.parser import Action

__all__ = ['HELP', 'add_arguments', 'find_launch_file', 'run']

HELP = 'run a YAML launch file, such as sim.launch.yaml'
PACKAGE = 'valet_bringup'
OPTIONS = {
    '--show-args': 'print the arguments of the launch file and start nothing',
    '--dry-run': 'print each command line and start nothing',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument(
        'file',
        help='path of a launch file, or the name of one of those installed with the package '
        + PACKAGE,
    )
    for option, text in OPTIONS.items():
        parser.add_argument(option, action='store_true', help=text)
    # Not '*': argparse gives that up at the first option that follows the file.
    parser.add_argument(
        'assignments',
        nargs=argparse.REMAINDER,
        metavar='name:=value',
        help='values of launch arguments',
    )


def run(args: argparse.Namespace) -> int:
    """Run the verb.

    Returns:
        Exit status: 0 after a clean end, 2 for a wrong file or argument, else that of the
        process that ended the launch.
    """
    from valet_nodes.launch.evaluate import declared_arguments, evaluate
    from valet_nodes.launch.parser import parse_launch_file
    from valet_nodes.launch.plan import format_plan
    from valet_nodes.launch.supervisor import Supervisor

    options = {word for word in args.assignments if word in OPTIONS}
    show_args = args.show_args or '--show-args' in options
    dry_run = args.dry_run or '--dry-run' in options
    words = [word for word in args.assignments if word not in OPTIONS]
    try:
        launch_file = parse_launch_file(find_launch_file(args.file))
        values = parse_assignments(words)
        if show_args:
            print(format_arguments(declared_arguments(launch_file, os.environ)))
            return 0
        plan = evaluate(launch_file, values, os.environ)
    except ValetError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    if dry_run:
        print(format_plan(plan))
        return 0
    return Supervisor(plan, os.environ, log_folder()).run()


def find_launch_file(name: str) -> Path:
    """Return the launch file of a path, or of a name in the share directory of the package.

    Raises:
        InvalidInputError: When there is no such file, listing those that are installed.
    """
    from valet_nodes.launch.packages import find_package_share

    if Path(name).is_file():
        return Path(name)
    try:
        folder = find_package_share(PACKAGE, os.environ) / 'launch'
    except InvalidInputError as error:
        raise InvalidInputError(
            f'launch file {name!r} does not exist here, and {error}'
        ) from error
    if (folder / name).is_file():
        return folder / name
    known = ', '.join(sorted(p.name for p in folder.glob('*.launch.yaml'))) or 'none'
    raise InvalidInputError(
        f'launch file {name!r} exists neither here nor in {folder}, which has: {known}'
    )


def parse_assignments(words: Sequence[str]) -> dict[str, str]:
    """Parse `name:=value` words.

    Raises:
        InvalidInputError: When a word is not of that form or a name is given twice.
    """
    values: dict[str, str] = {}
    for word in words:
        name, separator, value = word.partition(':=')
        if not separator or not name:
            raise InvalidInputError(f'launch argument {word!r} is not of the form name:=value')
        if name in values:
            raise InvalidInputError(f'launch argument {name!r} is given twice')
        values[name] = value
    return values


def format_arguments(arguments: 'Sequence[Action]') -> str:
    """Return `arg` actions as text: name, description, choices, default."""
    return '\n'.join(map(_format_argument, arguments)) or 'no arguments'


def _format_argument(argument: 'Action') -> str:
    """Return one argument as text."""
    lines = [f'{argument["name"]}:', argument['description'] or 'no description']
    if argument['choice']:
        lines.append('choices: ' + ', '.join(repr(row['value']) for row in argument['choice']))
    default = argument['default']
    lines.append('must be given' if default is None else f'default: {default.raw!r}')
    return '\n    '.join(lines)


def log_folder() -> Path:
    """Return the folder for the log files of a launch that starts now."""
    home = os.environ.get('ROS_HOME') or Path.home() / '.ros'
    root = os.environ.get('ROS_LOG_DIR') or Path(home) / 'log'
    stamp = datetime.now().strftime('%Y-%m-%d-%H-%M-%S')
    return Path(root) / f'{stamp}-launch-{os.getpid()}'
