"""A verb's own verbs: the modules of its folder."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType

__all__ = ['add_subcommands', 'subcommand_modules']


def subcommand_modules(package: str) -> dict[str, str]:
    """Full names of the modules of a package by their last part, sorted."""
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    return {name: f'{package}.{name}' for name in names}


def add_subcommands(parser: argparse.ArgumentParser, package: str) -> None:
    """Add a sub-parser for each module of a package, which is like the module of a verb.

    The one that is chosen is found as `args.subcommand`, a function from the arguments to the
    exit status. A module that cannot be imported says so in the help and when it is chosen.
    """
    choices = parser.add_subparsers(required=True, metavar='what')
    for name, path in subcommand_modules(package).items():
        try:
            module: ModuleType = importlib.import_module(path)
        except ImportError as error:
            broken = choices.add_parser(name, help=f'not available: {error}')
            broken.set_defaults(subcommand=_unavailable(parser, name, error))
            continue
        child = choices.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(child)
        child.set_defaults(subcommand=module.run)


def _unavailable(
    parser: argparse.ArgumentParser, name: str, error: ImportError
) -> Callable[[argparse.Namespace], int]:
    message = f'{name} is not available: {error}'
    return lambda args: parser.error(message)
