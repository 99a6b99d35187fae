"""Finding the shipped embodiments by name."""

import os
from pathlib import Path

from valet_core.errors import ConfigError
from valet_core.mobility.embodiment import Embodiment

__all__ = ['embodiment_files', 'find_embodiment']

FOLDER = Path('config', 'embodiments')


def embodiment_files() -> dict[str, Path]:
    """Shipped embodiment files by name: of the source tree, else of the installed package."""
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    roots = [*Path(__file__).resolve().parents, Path.cwd()]
    roots += [Path(prefix, 'share', 'valet') for prefix in prefixes if prefix]
    for root in roots:
        files = sorted((root / FOLDER).glob('*.yaml'))
        if files:
            return {file.stem: file for file in files}
    return {}


def find_embodiment(name: str) -> Embodiment:
    """Load an embodiment by name, or from a path to a YAML file.

    Raises:
        ConfigError: for an unknown name, listing the known ones, or a bad file.
    """
    if name.endswith(('.yaml', '.yml')):
        return Embodiment.load(name)
    files = embodiment_files()
    if name not in files:
        raise ConfigError(
            f'embodiment: received {name!r}; allowed: {", ".join(files)}, or a path to a .yaml'
        )
    return Embodiment.load(files[name])
