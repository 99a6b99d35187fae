"""`valet monitor <what>`: thresholds of a failure monitor; each part has a module here."""

from __future__ import annotations

import argparse

from valet_core.tools.subcommands import add_subcommands

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'calibrate and fit failure monitors'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one sub-command for each module of this package."""
    add_subcommands(parser, __name__)


def run(args: argparse.Namespace) -> int:
    """Run the chosen one."""
    return args.subcommand(args)
