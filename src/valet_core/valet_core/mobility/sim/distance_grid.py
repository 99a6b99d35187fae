"""Occupancy and distance on a grid, from a world or from points."""

import dataclasses

import numpy as np
from numba import njit
from scipy import ndimage

from valet_core.mobility.sim.world import World

__all__ = [
    'DistanceGrid',
    'cost_to_go',
    'descend',
    'dijkstra',
    'distance_grid',
    'reachable',
    'shortest_route',
]


@dataclasses.dataclass(frozen=True, eq=False)
class DistanceGrid:
    """Distance to the nearest obstacle on a square grid.

    Attributes:
        distance: (X, Y) from each cell's centre [m]; 0 or less inside an obstacle.
        origin: (2,) world position of the centre of cell (0, 0) [m].
        cell: side of a cell [m].
    """

    distance: np.ndarray
    origin: np.ndarray
    cell: float

    def cells(self, points: np.ndarray) -> np.ndarray:
        """Cells of points (..., 2) [m], clipped to the grid, int64 (..., 2)."""
        index = np.rint((np.asarray(points)[..., :2] - self.origin) / self.cell).astype(np.int64)
        return np.clip(index, 0, np.array(self.distance.shape) - 1)

    def points(self, cells: np.ndarray) -> np.ndarray:
        """Centres of cells (..., 2) [m]."""
        return self.origin + np.asarray(cells) * self.cell

    def at(self, points: np.ndarray) -> np.ndarray:
        """Distance at points (..., 2) [m]."""
        cells = self.cells(points)
        return self.distance[cells[..., 0], cells[..., 1]]


def distance_grid(world: World, cell: float = 0.05, margin: float = 0.5) -> DistanceGrid:
    """Exact distances to a world's circles and segments at cell centres, up to 2 m.

    Args:
        world: the world.
        cell: side of a cell [m].
        margin: how far the grid reaches beyond the world [m].
    """
    low, high = world.bounds
    low, high = low - margin, high + margin
    shape = tuple(np.ceil((high - low) / cell).astype(int) + 1)
    distance = np.full(shape, 2.0)
    _lower(distance, low, cell, world.circles, world.segments)
    return DistanceGrid(distance, low, cell)


@njit(cache=True)
def _lower(
    distance: np.ndarray,
    origin: np.ndarray,
    cell: float,
    circles: np.ndarray,
    segments: np.ndarray,
) -> None:
    reach = 2.0
    for k in range(circles.shape[0]):
        cx, cy, radius = circles[k]
        x0, x1, y0, y1 = _window(distance.shape, origin, cell, cx, cy, cx, cy, reach + radius)
        for i in range(x0, x1):
            for j in range(y0, y1):
                dx, dy = origin[0] + i * cell - cx, origin[1] + j * cell - cy
                distance[i, j] = min(distance[i, j], np.sqrt(dx * dx + dy * dy) - radius)
    for k in range(segments.shape[0]):
        ax, ay, bx, by = segments[k]
        x0, x1, y0, y1 = _window(distance.shape, origin, cell, ax, ay, bx, by, reach)
        ex, ey = bx - ax, by - ay
        length = max(ex * ex + ey * ey, 1e-12)
        for i in range(x0, x1):
            for j in range(y0, y1):
                px, py = origin[0] + i * cell - ax, origin[1] + j * cell - ay
                t = min(max((px * ex + py * ey) / length, 0.0), 1.0)
                dx, dy = px - t * ex, py - t * ey
                distance[i, j] = min(distance[i, j], np.sqrt(dx * dx + dy * dy))


@njit(cache=True)
def _window(
    shape: tuple[int, int],
    origin: np.ndarray,
    cell: float,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    reach: float,
) -> tuple[int, int, int, int]:
    x0 = max(int((min(ax, bx) - reach - origin[0]) / cell), 0)
    x1 = min(int((max(ax, bx) + reach - origin[0]) / cell) + 2, shape[0])
    y0 = max(int((min(ay, by) - reach - origin[1]) / cell), 0)
    y1 = min(int((max(ay, by) + reach - origin[1]) / cell) + 2, shape[1])
    return x0, max(x1, x0), y0, max(y1, y0)


def reachable(grid: DistanceGrid, start: np.ndarray, clearance: float) -> np.ndarray:
    """Cells that a disc of radius `clearance` reaches from a start (2,), bool (X, Y)."""
    labels, _ = ndimage.label(grid.distance > clearance)
    mine = labels[tuple(grid.cells(np.asarray(start)))]
    return (labels == mine) & (mine > 0)


def cost_to_go(
    grid: DistanceGrid, goal: np.ndarray, clearance: float, comfort: float = 0.3
) -> np.ndarray:
    """Length of the shortest way of a disc from every cell to a goal (2,), (X, Y) [m].

    Cells nearer than `comfort` beyond the clearance cost up to three times as much, so that
    the way keeps off
    obstacles. Infinite where there is no way.
    """
    spare = (grid.distance - clearance) / max(comfort, 1e-6)
    price = np.where(grid.distance > clearance, 1.0 + 2.0 * (1.0 - np.clip(spare, 0, 1)), np.inf)
    return dijkstra(price, grid.cells(np.asarray(goal)), grid.cell)


@njit(cache=True)
def dijkstra(price: np.ndarray, source: np.ndarray, cell: float) -> np.ndarray:
    """Cheapest cost from every cell (X, Y) to the source cell over eight neighbours.

    Args:
        price: (X, Y) cost of a metre in each cell; infinite is blocked.
        source: (2,) cell.
        cell: side of a cell [m].
    """
    rows, columns = price.shape
    cost = np.full((rows, columns), np.inf)
    capacity = rows * columns + 1
    heap_key = np.empty(capacity * 4)
    heap_cell = np.empty(capacity * 4, dtype=np.int64)
    size = 1
    heap_key[0], heap_cell[0] = 0.0, source[0] * columns + source[1]
    cost[source[0], source[1]] = 0.0
    while size > 0:
        key, here = heap_key[0], heap_cell[0]
        size -= 1
        _sift_down(heap_key, heap_cell, size, heap_key[size], heap_cell[size])
        i, j = here // columns, here % columns
        if key > cost[i, j]:
            continue
        for di in range(-1, 2):
            for dj in range(-1, 2):
                a, b = i + di, j + dj
                if (di == 0 and dj == 0) or not (0 <= a < rows and 0 <= b < columns):
                    continue
                if price[a, b] == np.inf:
                    continue
                step = cell * (1.4142135623730951 if di != 0 and dj != 0 else 1.0)
                new = key + step * price[a, b]
                if new < cost[a, b]:
                    cost[a, b] = new
                    if size < heap_key.shape[0]:
                        _sift_up(heap_key, heap_cell, size, new, a * columns + b)
                        size += 1
    return cost


@njit(cache=True)
def _sift_up(keys: np.ndarray, cells: np.ndarray, at: int, key: float, cell: int) -> None:
    while at > 0:
        parent = (at - 1) // 2
        if keys[parent] <= key:
            break
        keys[at], cells[at] = keys[parent], cells[parent]
        at = parent
    keys[at], cells[at] = key, cell


@njit(cache=True)
def _sift_down(keys: np.ndarray, cells: np.ndarray, size: int, key: float, cell: int) -> None:
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], cells[at] = keys[child], cells[child]
        at = child
    keys[at], cells[at] = key, cell


def descend(cost: np.ndarray, grid: DistanceGrid, start: np.ndarray) -> np.ndarray:
    """Follow a cost-to-go downhill from a start (2,) to its source, (P, 2) [m]; empty if none."""
    i, j = grid.cells(np.asarray(start))
    if not np.isfinite(cost[i, j]):
        return np.zeros((0, 2))
    cells = [(i, j)]
    while cost[i, j] > 0.0:
        best, step = cost[i, j], (i, j)
        for a in range(max(i - 1, 0), min(i + 2, cost.shape[0])):
            for b in range(max(j - 1, 0), min(j + 2, cost.shape[1])):
                if cost[a, b] < best:
                    best, step = cost[a, b], (a, b)
        if step == (i, j):
            break
        i, j = step
        cells.append(step)
    return grid.points(np.array(cells))


def shortest_route(
    grid: DistanceGrid, start: np.ndarray, goal: np.ndarray, clearance: float, comfort: float = 0.3
) -> np.ndarray:
    """Way of a disc from start to goal that keeps off obstacles, (P, 2) [m]; empty if none."""
    return descend(cost_to_go(grid, goal, clearance, comfort), grid, start)
