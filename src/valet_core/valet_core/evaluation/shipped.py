"""Where the files that come with the suite are: configuration and models."""

import os
from pathlib import Path

from valet_core.errors import ConfigError

__all__ = ['shipped']

_SOURCES = Path(__file__).resolve().parents[4]


def shipped(relative: str) -> Path:
    """A file or folder of the source tree, or else of the installed package `valet`.

    Args:
        relative: such as 'models/arm_perception'.

    Raises:
        ConfigError: if it is in none of these places, naming them.
    """
    prefixes = [p for p in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    places = [_SOURCES, *(Path(p) / 'share' / 'valet' for p in prefixes)]
    for place in places:
        if (place / relative).exists():
            return place / relative
    searched = ', '.join(str(p) for p in places)
    raise ConfigError(f'{relative} is in none of: {searched}')
