"""Installed packages looked up the way ament does, from AMENT_PREFIX_PATH alone."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from valet_core.common.errors import InvalidInputError

__all__ = ['find_executable', 'find_package_share']


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
    known = [path for path in folder.glob('*') if path.is_file() and os.access(path, os.X_OK)]
    if folder / executable in known:
        return folder / executable
    names = ', '.join(sorted(path.name for path in known)) or 'none'
    raise InvalidInputError(
        f'package {package!r} has no executable {executable!r} in {folder}; it has: {names}'
    )


def _find_prefix(package: str, environment: Mapping[str, str]) -> Path:
    """Return the installation prefix of a package."""
    if not re.fullmatch(r'[A-Za-z][A-Za-z0-9_-]*', package):
        raise InvalidInputError(f'{package!r} is not the name of a package')
    prefixes = [p for p in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    for prefix in prefixes:
        if Path(prefix, 'share/ament_index/resource_index/packages', package).is_file():
            return Path(prefix)
    searched = ', '.join(prefixes) or 'nothing, AMENT_PREFIX_PATH is empty'
    raise InvalidInputError(
        f'package {package!r} is not installed (searched: {searched}); build the workspace and '
        'source its setup file'
    )
