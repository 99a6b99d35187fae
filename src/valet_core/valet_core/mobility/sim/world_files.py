"""Worlds from files of the BARN format."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.sim.world import World

__all__ = ['BARN_GOAL', 'BARN_START', 'barn_world', 'load_barn', 'save_barn']

BARN_START = (-2.25, 3.0, np.pi / 2.0)  # x, y [m], yaw [rad]
BARN_GOAL = (-2.25, 13.0, np.nan)
CYLINDER_RADIUS = 0.075  # m


def load_barn(path: str | Path) -> list[World]:
    """Read worlds, one JSON object a line: world, cylinders [[x, y]], path [[x, y]].

    Raises:
        InvalidInputError: naming the file, the line, what was there and what is allowed.
    """
    path = Path(path)
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f'{path}: cannot be read: {error}') from error
    worlds = [
        _parse(line, f'{path}:{number}')
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not worlds:
        raise InvalidInputError(f'{path}: holds no world; allowed: one JSON object a line')
    return worlds


def save_barn(worlds: Iterable[World], path: str | Path) -> None:
    """Write worlds of cylinders in the same format."""
    with Path(path).open('w') as file:
        for world in worlds:
            record = {
                'world': world.name,
                'cylinders': world.circles[:, :2].round(4).tolist(),
                'path': world.routes[0][1:-1].round(4).tolist(),
            }
            file.write(json.dumps(record, separators=(',', ':')) + '\n')


def barn_world(name: str, cylinders: np.ndarray, path: np.ndarray) -> World:
    """A world of the BARN task from cylinders (K, 2) and a path (P, 2) [m]."""
    radii = np.full((len(cylinders), 1), CYLINDER_RADIUS)
    route = np.concatenate([[BARN_START[:2]], path, [BARN_GOAL[:2]]])
    return World(
        name=name,
        circles=np.concatenate([cylinders, radii], axis=1),
        segments=np.zeros((0, 4)),
        starts=np.array([BARN_START]),
        goals=np.array([BARN_GOAL]),
        routes=(route,),
        kind='barn',
    )


def _parse(line: str, where: str) -> World:
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidInputError(f'{where}: not JSON: {error}') from error
    if not isinstance(record, dict):
        raise InvalidInputError(f'{where}: received {type(record).__name__}; allowed: an object')
    for key in ('world', 'cylinders', 'path'):
        if key not in record:
            raise InvalidInputError(
                f'{where}: missing key {key!r}; allowed: world, cylinders, path'
            )
    cylinders = _points(record['cylinders'], f'{where}: cylinders', 0)
    path = _points(record['path'], f'{where}: path', 1)
    return barn_world(str(record['world']), cylinders, path)


def _points(value: Any, where: str, least: int) -> np.ndarray:
    try:
        points = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f'{where}: {error}; allowed: a list of [x, y]') from error
    if points.size == 0 and least == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least:
        raise InvalidInputError(
            f'{where}: received shape {points.shape}; allowed: {least} or more [x, y]'
        )
    if not np.isfinite(points).all() or np.abs(points).max() > 1000.0:
        raise InvalidInputError(f'{where}: received a number that is not within 1000 m')
    return points
