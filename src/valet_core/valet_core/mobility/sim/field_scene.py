"""Obstacle fields of the BARN kind: a cellular automaton in a corridor of cylinders.

After the published recipe (Perille et al., 2020): 30 x 30 cells of 0.15 m, random fill, then
smoothing (fill a cell with five or more filled neighbours, clear it with one or none), kept if a
way with two cells of clearance leads through.
"""

import numpy as np
from scipy import ndimage

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.distance_grid import dijkstra
from valet_core.mobility.sim.drive_sampling import passing_clearance
from valet_core.mobility.sim.world import World
from valet_core.mobility.sim.world_files import barn_world

__all__ = ['CELL', 'FILLS', 'SMOOTHINGS', 'barn_field', 'field']

CELLS, CELL = 30, 0.15
FILLS, SMOOTHINGS = (0.15, 0.20, 0.25, 0.30), (2, 3, 4)
LEFT, BOTTOM, TOP = -4.425, 0.075, 9.525  # m, outermost cylinders of the corridor
FIELD_BOTTOM = 5.025  # m, first row of the field
CLEARANCE = 2  # cells


def field(rng: np.random.Generator, fill: float, smoothing: int) -> np.ndarray:
    """Filled cells of one automaton, bool (30 rows towards the goal, 30 columns)."""
    cells = rng.random((CELLS, CELLS)) < fill
    kernel = np.ones((3, 3))
    kernel[1, 1] = 0.0
    for _ in range(smoothing):
        # The corridor's sides count as filled, its ends as open.
        padded = np.pad(np.pad(cells, ((0, 0), (1, 1)), constant_values=True), ((1, 1), (0, 0)))
        count = ndimage.convolve(padded.astype(float), kernel, mode='constant')[1:-1, 1:-1]
        cells = (cells | (count >= 5)) & (count > 1)
    return cells


def way_through(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cells (P, 2) of the shortest way with clearance from the first to the last row.

    Empty if there is none.
    """
    blocked = np.pad(cells, ((0, 0), (1, 1)), constant_values=True)
    size = 2 * CLEARANCE + 1
    blocked = ndimage.binary_dilation(blocked, np.ones((size, size)))[:, 1:-1]
    starts, ends = np.flatnonzero(~blocked[0]), np.flatnonzero(~blocked[-1])
    if not len(starts) or not len(ends):
        return np.zeros((0, 2), dtype=int)
    price = np.where(blocked, np.inf, 1.0)
    goal = np.array([CELLS - 1, rng.choice(ends)])
    cost = dijkstra(price, goal, CELL)
    here = (0, int(rng.choice(starts)))
    if not np.isfinite(cost[here]):
        return np.zeros((0, 2), dtype=int)
    way = [here]
    while cost[here] > 0.0:
        i, j = here
        around = [
            (a, b)
            for a in range(max(i - 1, 0), min(i + 2, CELLS))
            for b in range(max(j - 1, 0), min(j + 2, CELLS))
        ]
        here = min(around, key=lambda c: cost[c])
        way.append(here)
    return np.array(way)


def field_scale(embodiment: Embodiment) -> float:
    """How much larger than the benchmark's a field must be for a body; 1 for a Jackal."""
    return max(1.0, passing_clearance(embodiment) / 0.3, embodiment.radius / 0.45)


def barn_field(seed: int, embodiment: Embodiment) -> World:
    """A BARN-like world from a seed; larger bodies get it scaled up to their size.

    As in the benchmark, each fill and smoothing is as frequent as any other.
    """
    rng = np.random.default_rng((seed, 0xBA21))
    fill, smoothing = float(rng.choice(FILLS)), int(rng.choice(SMOOTHINGS))
    way = np.zeros((0, 2), dtype=int)
    while not len(way):
        cells = field(rng, fill, smoothing)
        way = way_through(cells, rng)
    rows, columns = np.nonzero(cells)
    inside = np.stack([LEFT + CELL * columns, FIELD_BOTTOM + CELL * rows], axis=1)
    sides = np.arange(BOTTOM, TOP + 1e-6, CELL)
    across = np.arange(LEFT, LEFT + CELL * CELLS - 1e-6, CELL)
    right = LEFT + CELL * (CELLS - 1)
    walls = [np.stack([np.full_like(sides, x), sides], axis=1) for x in (LEFT, right)]
    walls.append(np.stack([across[1:-1], np.full(len(across) - 2, BOTTOM)], axis=1))
    cylinders = np.unique(np.concatenate([inside, *walls]).round(3), axis=0)
    path = np.stack([LEFT + CELL * way[:, 1], FIELD_BOTTOM + CELL * way[:, 0]], axis=1)
    world = barn_world(f'field-{seed}', cylinders, path)
    scale = field_scale(embodiment)
    return world if scale == 1.0 else _scaled(world, scale)


def _scaled(world: World, scale: float) -> World:
    factors = np.array([scale, scale, 1.0])
    return World(
        name=world.name,
        circles=world.circles * scale,
        segments=world.segments,
        starts=world.starts * factors,
        goals=world.goals * factors,
        routes=tuple(route * scale for route in world.routes),
        kind=world.kind,
    )
