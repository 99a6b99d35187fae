"""Installed packages looked up the way ament does, from AMENT_PREFIX_PATH alone."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from valet_nodes.launch.errors import LaunchRunError

__all__ = ['find_executable', 'find_package_prefix', 'find_package_share']

_INDEX = Path('share/ament_index/resource_index/packages')


def find_package_prefix(package: str, environment: Mapping[str, str]) -> Path:
    """Return the installation prefix of a package.

    Args:
        package: Name of the package.
        environment: Environment variables; AMENT_PREFIX_PATH lists the prefixes, first wins.

    Raises:
        LaunchRunError: When no prefix holds the package.
    """
    prefixes = [p for p in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    if not re.fullmatch(r'[A-Za-z][A-Za-z0-9_-]*', package):
        raise LaunchRunError(f'{package!r} is not the name of a package')
    for prefix in prefixes:
        if (Path(prefix) / _INDEX / package).is_file():
            return Path(prefix)
    searched = ', '.join(prefixes) or 'nothing, AMENT_PREFIX_PATH is empty'
    raise LaunchRunError(
        f'package {package!r} is not installed (searched: {searched}); build the workspace and '
        'source its setup file'
    )


def find_package_share(package: str, environment: Mapping[str, str]) -> Path:
    """Return the share directory of a package: its launch files, configuration and models.

    Raises:
        LaunchRunError: When the package is not installed.
    """
    return find_package_prefix(package, environment) / 'share' / package


def find_executable(package: str, executable: str, environment: Mapping[str, str]) -> Path:
    """Return the path of one of the executables of a package.

    Raises:
        LaunchRunError: When the package is not installed or has no such executable.
    """
    folder = find_package_prefix(package, environment) / 'lib' / package
    path = folder / executable
    if path.is_file() and os.access(path, os.X_OK):
        return path
    names = (
        sorted(p.name for p in folder.iterdir() if os.access(p, os.X_OK) and p.is_file())
        if folder.is_dir()
        else []
    )
    raise LaunchRunError(
        f'package {package!r} has no executable {executable!r} in {folder}; it has: '
        f'{", ".join(names) or "none"}'
    )
