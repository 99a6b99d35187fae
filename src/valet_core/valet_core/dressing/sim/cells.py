"""Cells: one dressing task each, as JSON lines that anyone can write."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valet_core.common.config import check, from_mapping, setting
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.sim.garments import GarmentConfig, garment
from valet_core.simulation.person import PersonConfig

__all__ = ['DressingCell', 'cell_from_mapping', 'cell_to_mapping', 'read_cells', 'write_cells']

MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class DressingCell:
    """A person, a garment and a seed for all that varies between two trials of them."""

    person: PersonConfig = field(default_factory=PersonConfig)
    garment: GarmentConfig = field(default_factory=lambda: garment('cardigan'))
    seed: int = setting(0, 'of everything random in the episode', '', 0, MAX_SEED)

    def __post_init__(self) -> None:
        """Check the seed; person and garment check themselves."""
        check(self)


def cell_from_mapping(mapping: Mapping[str, Any], where: str = '') -> DressingCell:
    """A cell from one JSON object: the person's keys, `garment` and `seed`.

    Args:
        mapping: absent keys take their defaults; a garment's those of its kind.
        where: what the mapping came from, put before each message.

    Raises:
        ConfigError: for an unknown key or a value that is not allowed.
    """
    prefix = f'{where}: ' if where else ''
    if not isinstance(mapping, Mapping):
        raise ConfigError(f'{prefix}expected a JSON object, received {mapping!r}')
    person_keys = [f.name for f in dataclasses.fields(PersonConfig)]
    unknown = [k for k in mapping if k not in (*person_keys, 'garment', 'seed')]
    if unknown:
        allowed = ', '.join([*person_keys, 'garment', 'seed'])
        raise ConfigError(f'{prefix}unknown key {unknown[0]!r}; allowed: {allowed}')
    person = from_mapping(
        PersonConfig, {k: mapping[k] for k in person_keys if k in mapping}, where
    )
    wear = _garment_from_mapping(mapping.get('garment', {}), where)
    try:
        return DressingCell(person, wear, mapping.get('seed', 0))
    except ConfigError as error:
        raise ConfigError(f'{prefix}{error}') from None


def cell_to_mapping(cell: DressingCell) -> dict[str, Any]:
    """The JSON object of a cell, with every key."""
    return {
        **dataclasses.asdict(cell.person),
        'garment': dataclasses.asdict(cell.garment),
        'seed': cell.seed,
    }


def read_cells(path: Path) -> list[DressingCell]:
    """Cells from a JSON-lines file; empty lines are skipped.

    Raises:
        InvalidInputError: naming the file and the line that is wrong, and what is allowed.
    """
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f'{path}: cannot be read as text: {error}') from error
    cells = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f'{path}:{number}'
        try:
            mapping = json.loads(line)
        except json.JSONDecodeError as error:
            raise InvalidInputError(f'{where}: not a JSON object: {error}') from None
        cells.append(cell_from_mapping(mapping, where))
    if not cells:
        raise InvalidInputError(f'{path}: holds no cell; expected one JSON object a line')
    return cells


def write_cells(path: Path, cells: list[DressingCell]) -> None:
    """Write cells as JSON lines that `read_cells` takes back unchanged."""
    rows = [json.dumps(cell_to_mapping(cell)) for cell in cells]
    path.write_text('\n'.join(rows) + '\n', encoding='utf-8')


def _garment_from_mapping(mapping: Any, where: str) -> GarmentConfig:
    prefix = f'{where}: garment' if where else 'garment'
    if not isinstance(mapping, Mapping):
        raise ConfigError(f'{prefix}: expected a JSON object, received {mapping!r}')
    try:
        preset = garment(mapping.get('kind', 'cardigan'))
    except ConfigError as error:
        raise ConfigError(f'{prefix}: {error}') from None
    return from_mapping(GarmentConfig, {**dataclasses.asdict(preset), **mapping}, prefix)
