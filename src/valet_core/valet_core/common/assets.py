"""Finds the files that come with the suite: models, configuration, whatever the package holds."""

import os
from collections.abc import Iterator
from pathlib import Path

from valet_core.common.errors import ConfigError

__all__ = ['asset_names', 'config_files', 'find_asset', 'find_config', 'find_model']

_SOURCES = Path(__file__).resolve().parents[4]


def find_asset(relative: str | Path) -> Path:
    """A file or folder of the installed package `valet_bringup`, or else of the source tree.

    Args:
        relative: such as 'config/safety.yaml'.

    Raises:
        ConfigError: if it is in none of these places, naming them.
    """
    for place in _places():
        if (place / relative).exists():
            return place / relative
    searched = ', '.join(map(str, _places()))
    raise ConfigError(f'{relative} is in none of: {searched}')


def find_model(name: str | Path) -> Path:
    """Folder of a model by its name in models/, or by a path to any other folder.

    Args:
        name: such as 'arm_perception'; with a separator in it, or absolute, a path.

    Raises:
        ConfigError: if there is no such folder, naming the models there are.
    """
    folder = Path(name)
    if not folder.is_absolute() and len(folder.parts) == 1:
        for place in _places():
            if (place / 'models' / folder).is_dir():
                return place / 'models' / folder
    elif folder.is_dir():
        return folder
    known = ', '.join(path.name for path in asset_names('models/*') if path.is_dir())
    raise ConfigError(
        f'model: received {str(name)!r}; allowed: {known or "none is there"}, or the path of a '
        'folder'
    )


def find_config(name: str | Path, prefix: str, kind: str) -> Path:
    """A YAML file of config/ by the part of its name after a prefix, or by a path.

    Args:
        name: such as 'ur5e'; ending in .yaml or .yml, a path.
        prefix: such as 'robot_' or 'embodiments/'.
        kind: what to call it in a refusal.

    Raises:
        ConfigError: if there is no such file, naming those that have the prefix.
    """
    if Path(name).suffix in {'.yaml', '.yml'}:
        if Path(name).is_file():
            return Path(name)
        raise ConfigError(f'{kind}: received {str(name)!r}, which is not a file')
    files = config_files(prefix)
    if str(name) not in files:
        raise ConfigError(
            f'{kind}: received {str(name)!r}; allowed: {", ".join(files)}, or a path to a .yaml'
        )
    return files[str(name)]


def config_files(prefix: str) -> dict[str, Path]:
    """YAML files of config/ whose names begin with a prefix, by the rest of their names."""
    start = Path(prefix).name if not prefix.endswith('/') else ''
    paths = asset_names(f'config/{prefix}*.yaml')
    return {path.stem.removeprefix(start): path for path in paths}


def asset_names(pattern: str) -> list[Path]:
    """Files and folders of the first place that has any of a pattern, such as 'models/*'."""
    for place in _places():
        if found := sorted(place.glob(pattern)):
            return found
    return []


def _places() -> Iterator[Path]:
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    yield from (Path(prefix, 'share', 'valet_bringup') for prefix in prefixes if prefix)
    yield _SOURCES
