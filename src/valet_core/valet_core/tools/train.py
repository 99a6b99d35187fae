"""`valet train <what>`: train a part of the suite; each part has a module `train_<what>`."""

from __future__ import annotations

import argparse

from valet_core.tools.subcommands import add_subcommands

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'train the learned parts'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one sub-command for each module `train_<what>`."""
    add_subcommands(parser, 'train_')


def run(args: argparse.Namespace) -> int:
    """Run the chosen one."""
    return args.subcommand(args)
