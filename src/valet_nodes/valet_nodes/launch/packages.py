"""Installed packages looked up the way ament does, from AMENT_PREFIX_PATH alone."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from valet_core.common.errors import InvalidInputError

__all__ = ['find_executable', 'find_package_share']

_INDEX = Path('share/ament_index/resource_index/packages')


def find_package_share(package: str, environment: Mapping[str, str]) -> Path:
    """Return the share directory of a package: its launch files, configuration and models.

    Args:
        package: Name of the package.
        environment: Environment variables; AMENT_PREFIX_PATH lists the prefixes, first wins.

    Raises:
        InvalidInputError: When no prefix holds the package.
    """
    return _find_prefix(package, environment) / 'share' / package


def find_executable(package: str, executable: str, environment: Mapping[str, str]) -> Path:
    """Return the path of one of the executables of a package.

    Raises:
        InvalidInputError: When the package is not installed or has no such executable.
    """
    folder = _find_prefix(package, environment) / 'lib' / package
    if _is_executable(folder / executable):
        return folder / executable
    names = sorted(path.name for path in folder.glob('*') if _is_executable(path))
    raise InvalidInputError(
        f'package {package!r} has no executable {executable!r} in {folder}; it has: '
        f'{", ".join(names) or "none"}'
    )


def _find_prefix(package: str, environment: Mapping[str, str]) -> Path:
    """Return the installation prefix of a package."""
    if not re.fullmatch(r'[A-Za-z][A-Za-z0-9_-]*', package):
        raise InvalidInputError(f'{package!r} is not the name of a package')
    prefixes = [p for p in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    for prefix in prefixes:
        if (Path(prefix) / _INDEX / package).is_file():
            return Path(prefix)
    raise InvalidInputError(
        f'package {package!r} is not installed (searched: '
        f'{", ".join(prefixes) or "nothing, AMENT_PREFIX_PATH is empty"}); build the workspace '
        'and source its setup file'
    )


def _is_executable(path: Path) -> bool:
    """Say whether a path is a program."""
    return path.is_file() and os.access(path, os.X_OK)
