"""Drives worth making in a world: starts, goals, routes, and where people walk."""

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.distance_grid import DistanceGrid, cost_to_go, descend, distance_grid
from valet_core.mobility.sim.world import World

__all__ = ['passing_clearance', 'sample_tasks']

CELL = 0.1  # m
TURNING_ROOM = 0.1  # m around the body at the ends of a drive
MIN_DRIVE, MAX_DRIVE = 4.0, 16.0  # m along the route


def passing_clearance(embodiment: Embodiment) -> float:
    """Distance from obstacles that the base origin needs along a route [m]."""
    room = 0.25 if embodiment.drive == 'ackermann' else 0.12
    return embodiment.half_width + room


def sample_tasks(
    world: World, embodiment: Embodiment, rng: np.random.Generator, count: int, walks: int = 0
) -> World | None:
    """The world with `count` drives that a body can make, or None if it offers too few.

    Args:
        world: obstacles; its placeholder task is replaced.
        embodiment: the body.
        rng: of the choices.
        count: of tasks.
        walks: of people.
    """
    grid = distance_grid(world, CELL, margin=0.2)
    roomy = np.argwhere(grid.distance > embodiment.radius + TURNING_ROOM)
    low, high = world.bounds
    places = grid.points(roomy)
    inside = ((places > low + 0.3) & (places < high - 0.3)).all(axis=1)
    places = places[inside]
    if len(places) < 2:
        return None
    clearance = passing_clearance(embodiment)
    starts, goals, routes = [], [], []
    for _ in range(4 * count):
        goal = places[rng.integers(len(places))]
        cost = cost_to_go(grid, goal, clearance)
        for start in places[rng.integers(len(places), size=4)]:
            route = descend(cost, grid, start)
            length = np.linalg.norm(np.diff(route, axis=0), axis=1).sum() if len(route) else 0.0
            if MIN_DRIVE <= length <= MAX_DRIVE:
                starts.append([*start, _start_yaw(route, embodiment, rng)])
                goals.append([*goal, np.nan])
                routes.append(route)
                break
        if len(starts) == count:
            break
    if len(starts) < count:
        return None
    return World(
        name=world.name,
        circles=world.circles,
        segments=world.segments,
        starts=np.array(starts),
        goals=np.array(goals),
        routes=tuple(routes),
        walks=_walks(grid, places, rng, walks),
        kind=world.kind,
    )


def _start_yaw(route: np.ndarray, embodiment: Embodiment, rng: np.random.Generator) -> float:
    ahead = route[min(10, len(route) - 1)] - route[0]
    spread = 0.4 if embodiment.drive == 'ackermann' else np.pi
    return float(np.arctan2(ahead[1], ahead[0]) + rng.uniform(-spread, spread))


def _walks(
    grid: DistanceGrid, places: np.ndarray, rng: np.random.Generator, count: int
) -> np.ndarray:
    found: list[np.ndarray] = []
    for _ in range(50 * count):
        if len(found) == count:
            break
        ends = places[rng.integers(len(places), size=2)]
        length = np.linalg.norm(ends[1] - ends[0])
        if not 2.0 <= length <= 8.0:
            continue
        line = ends[0] + np.linspace(0, 1, int(length / CELL) + 1)[:, None] * (ends[1] - ends[0])
        if (grid.at(line) > 0.35).all():
            found.append(ends)
    return np.array(found).reshape(-1, 2, 2)
