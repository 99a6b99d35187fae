"""The archive of the search for teachers: a line of JSON for each attempt at a cell."""

import hashlib
import json
from pathlib import Path
from typing import Any

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping

__all__ = ['ARCHIVE_FILE', 'TeacherArchive']

ARCHIVE_FILE = 'archive.jsonl'


class TeacherArchive:
    """Attempts by cell; each is on the disk before the next begins.

    Attributes:
        folder: of the archive and the demonstrations.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        A last line that was cut off, as by a power cut, is left out; its attempt is run again.

        Raises:
            InvalidInputError: for another line that is no attempt.
        """
        self.folder = folder
        self._rows: dict[str, dict[int, dict[str, Any]]] = {}
        path = folder / ARCHIVE_FILE
        lines = path.read_text(encoding='utf-8').split('\n') if path.exists() else []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                row = json.loads(line)
                self._keep(row)
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInputError(f'{path}:{number}: no attempt: {error}') from error
        if lines and lines[-1]:
            path.write_text('\n'.join([*lines[:-1], '']), encoding='utf-8')

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All attempts, those at a cell together."""
        return [row for cell in self._rows.values() for row in cell.values()]

    def add(self, row: dict[str, Any]) -> None:
        """Write an attempt to the disk."""
        self._keep(row)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ARCHIVE_FILE).open('a', encoding='utf-8') as file:
            file.write(json.dumps(row) + '\n')

    def tried(self, cell: DressingCell, attempt: int) -> bool:
        """Whether an attempt was made."""
        return attempt in self._rows.get(_key(cell_to_mapping(cell)), {})

    def solved(self, cell: DressingCell) -> bool:
        """Whether an attempt was good."""
        return any(r['good'] for r in self._rows.get(_key(cell_to_mapping(cell)), {}).values())

    def best(self) -> list[dict[str, Any]]:
        """The best attempt at each cell: good, else gentle, else by the ratio."""
        order = lambda r: (r['good'], r['gentle'], r['upper_arm_ratio'])  # noqa: E731
        return [max(cell.values(), key=order) for cell in self._rows.values()]

    @staticmethod
    def demonstration_name(cell: DressingCell, attempt: int) -> str:
        """File of the demonstration of an attempt."""
        return f'{_key(cell_to_mapping(cell))}_{attempt}.npz'

    def _keep(self, row: dict[str, Any]) -> None:
        for name in ('good', 'gentle', 'upper_arm_ratio', 'setting'):
            row[name]  # noqa: B018
        self._rows.setdefault(_key(row['cell']), {})[int(row['attempt'])] = row


def _key(cell: dict[str, Any]) -> str:
    return hashlib.sha1(json.dumps(cell, sort_keys=True).encode()).hexdigest()[:16]
