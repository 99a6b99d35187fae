"""Anybody's scores: JSON lines, one episode a line.

`{"episode_id": ..., "success": bool, "steps": [{"t": 0, "<score>": number, ...}, ...]}`. What is
a number in any step is a score, `t` excepted; null and NaN are a score that is not a number.
Other keys are ignored.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.series import ScoredEpisode

__all__ = ['read_score_logs', 'write_score_log']

TIME = 't'


def read_score_logs(paths: Sequence[Path]) -> list[ScoredEpisode]:
    """Read the episodes of all files.

    Raises:
        InvalidInputError: for a file that is missing, empty or cut off, an episode without steps
            or outcome or that is there twice, or a score that some steps lack; with file and line.
    """
    rows: list[tuple[str, dict[str, Any]]] = []
    for path in paths:
        rows += _rows(path)
    names = list(dict.fromkeys(key for _, row in rows for key in _numbers(row['steps'])))
    if not names:
        raise InvalidInputError(f'{_listed(paths)}: no step holds a score')
    _refuse_twins(rows)
    return [_episode(where, row, names, index) for index, (where, row) in enumerate(rows)]


def write_score_log(path: Path, episodes: Sequence[ScoredEpisode]) -> None:
    """The reverse, for one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for e in episodes:
        steps = [
            {TIME: t, **{name: float(values[t]) for name, values in e.scores.items()}}
            for t in range(len(e))
        ]
        row = {'episode_id': e.episode_id, 'success': e.success, 'group': e.group, 'steps': steps}
        lines.append(json.dumps(row))
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def _rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding='utf-8').split('\n')
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f'{path}: cannot be read: {error}') from error
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        raise InvalidInputError(f'{path}: is empty')
    last = filled[-1][0]
    return [(f'{path}:{number}', _row(path, number, line, last)) for number, line in filled]


def _row(path: Path, number: int, line: str, last: int) -> dict[str, Any]:
    where = f'{path}:{number}'
    try:
        row = json.loads(line)
    except ValueError as error:
        hint = ' (its last line: the file is cut off)' if number == last else ''
        raise InvalidInputError(f'{where}: is no JSON{hint}: {error}') from error
    if not isinstance(row, dict):
        raise InvalidInputError(f'{where}: received {type(row).__name__}; allowed: an object')
    for key in ('episode_id', 'success', 'steps'):
        if key not in row:
            raise InvalidInputError(f'{where}: lacks {key!r}; it has {", ".join(row)}')
    if not isinstance(row['success'], bool):
        raise InvalidInputError(
            f'{where}: success: received {row["success"]!r}; allowed: true, false'
        )
    steps = row['steps']
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InvalidInputError(f'{where}: steps: allowed: a list of objects')
    if not steps:
        raise InvalidInputError(f'{where}: episode {row["episode_id"]}: it has no step')
    return row


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(steps: list[dict[str, Any]]) -> list[str]:
    """Keys that hold a number in any step."""
    return [key for step in steps for key, value in step.items()
            if key != TIME and _is_number(value)]  # fmt: skip


def _episode(
    where: str, row: dict[str, Any], names: list[str], index: int
) -> ScoredEpisode:
    name, steps = f'{row["episode_id"]}', row['steps']
    times = [step[TIME] for step in steps if _is_number(step.get(TIME))]
    if any(b <= a for a, b in zip(times, times[1:], strict=False)):
        raise InvalidInputError(f'{where}: episode {name}: {TIME} does not rise')
    scores = {}
    for score in names:
        values = [step.get(score, 'nothing') for step in steps]
        wrong = [t for t, v in enumerate(values) if v is not None and not _is_number(v)]
        if len(wrong) == len(steps) and all(values[t] == 'nothing' for t in wrong):
            raise InvalidInputError(f'{where}: episode {name} lacks the score {score!r}')
        if wrong:
            raise InvalidInputError(
                f'{where}: episode {name}: {score!r} at step {wrong[0]}: received '
                f'{values[wrong[0]]!r}; allowed: a number'
            )
        scores[score] = np.array([np.nan if v is None else v for v in values], dtype=float)
    # Files may count their episodes from 0 each: the place in all of them makes names differ.
    return ScoredEpisode(f'{name}#{index}', row['success'], scores, str(row.get('group', '')))


def _refuse_twins(rows: list[tuple[str, dict[str, Any]]]) -> None:
    """The same episode twice could be in calibration and in the test."""
    seen: dict[str, str] = {}
    for where, row in rows:
        key = json.dumps([row['episode_id'], row['steps']], sort_keys=True)
        if key in seen:
            raise InvalidInputError(
                f'{where}: episode {row["episode_id"]} is the same as that of {seen[key]}'
            )
        seen[key] = where


def _listed(paths: Sequence[Path]) -> str:
    return ', '.join(map(str, paths))
