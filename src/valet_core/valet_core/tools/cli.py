"""The command line: finds the verb, parses its arguments and runs it.

A verb is a module named by an entry point of group `valet.verbs` in any installed package, with
`HELP: str` (one line), `add_arguments(parser)` and `run(args) -> int` (the exit status). It
imports what is heavy inside `run`, so that listing the verbs is quick.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

from valet_core import __version__
from valet_core.common.errors import ValetError

__all__ = ['Verb', 'main', 'verbs']

GROUP = 'valet.verbs'


class Verb(Protocol):
    """What the module of a verb has."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's arguments to its parser."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the verb and return the exit status."""


def verbs() -> dict[str, EntryPoint]:
    """Return the entry points of all installed verbs by name, sorted."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    return dict(sorted(found.items()))


def _load(point: EntryPoint) -> Verb:
    return cast(Verb, point.load())


def _help() -> str:
    """List the verbs with a line each; one that cannot be imported says why."""
    lines = ['usage: valet <verb> [arguments]', '', 'verbs:']
    for name, point in verbs().items():
        try:
            text = _load(point).HELP
        except (ImportError, AttributeError) as error:
            text = f'not available: {error}'
        lines.append(f'  {name:10} {text}')
    lines += ['', "'valet <verb> --help' describes the arguments of one."]
    return '\n'.join(lines)


def _run(name: str, point: EntryPoint, arguments: Sequence[str]) -> int:
    verb = _load(point)
    parser = argparse.ArgumentParser(prog=f'valet {name}', description=verb.HELP)
    verb.add_arguments(parser)
    try:
        return verb.run(parser.parse_args(arguments))
    except ValetError as error:
        print(f'valet {name}: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The verb and its arguments; those of the process by default.

    Returns:
        The exit status: the verb's own, 1 after an error of Valet, 2 for a wrong command line.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or arguments[0] in {'-h', '--help', 'help'}:
        print(_help())
        return 0 if arguments else 2
    name, *rest = arguments
    if name == '--version':
        print(f'valet {__version__}')
        return 0
    known = verbs()
    if name not in known:
        print(f"valet: unknown verb '{name}'; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    return _run(name, known[name], rest)


if __name__ == '__main__':
    sys.exit(main())
