"""Finding the shipped mobility policies."""

import os
from pathlib import Path

from valet_core.errors import InvalidInputError

__all__ = ['BASE', 'GENERALIST', 'find_model', 'specialist_name']

BASE, GENERALIST = 'mobility_base', 'mobility_generalist'


def specialist_name(embodiment: str) -> str:
    """Name of the model of a body's specialist."""
    return f'mobility_{embodiment}'


def find_model(name: str) -> Path:
    """Folder of a model: of the source tree, else of the installed package.

    Raises:
        InvalidInputError: if there is none, listing those that there are.
    """
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    roots = [*Path(__file__).resolve().parents, Path.cwd()]
    roots += [Path(prefix, 'share', 'valet') for prefix in prefixes if prefix]
    known: set[str] = set()
    for root in roots:
        folder = root / 'models'
        if (folder / name / 'policy.safetensors').is_file():
            return folder / name
        known |= {path.parent.name for path in folder.glob('mobility_*/policy.safetensors')}
    raise InvalidInputError(
        f'model: received {name!r}; allowed: {", ".join(sorted(known)) or "none is there"}, or '
        'one made by `valet train mobility`'
    )
