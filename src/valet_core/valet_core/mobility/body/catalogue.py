"""Finding the shipped embodiments by name."""

from pathlib import Path

from valet_core.common.assets import config_files, find_config
from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['embodiment_files', 'find_embodiment']

PREFIX = 'embodiments/'


def embodiment_files() -> dict[str, Path]:
    """Shipped embodiment files by name."""
    return config_files(PREFIX)


def find_embodiment(name: str) -> Embodiment:
    """Load an embodiment by name, or from a path to a YAML file.

    Raises:
        ConfigError: for an unknown name, listing the known ones, or a bad file.
    """
    return Embodiment.load(find_config(name, PREFIX, 'embodiment'))
