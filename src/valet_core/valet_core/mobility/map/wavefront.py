"""Cost of the way to a goal from every cell of a map, nearness to obstacles included."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from valet_core.common.config import check, setting
from valet_core.mobility.map.local_map import LocalMap, distance_field

__all__ = [
    'CLOSED_ROOM', 'CostField', 'Pricing', 'cost_field', 'nearest_field', 'sample', 'trace',
    'way_from',
]  # fmt: skip

COARSE = 2  # map cells along the side of a planning cell
BUCKETS = 64
CLOSED_ROOM = 0.15  # m beyond the body's half width that a dead end closes around itself
NEARER = 0.3  # m by which a place must be nearer to a closed goal to be worth the way
BEYOND = 0.5  # m of free ground planned over beyond all known obstacles
DEAR = 40.0  # highest price of a metre that the buckets hold


@dataclasses.dataclass(frozen=True)
class Pricing:
    """What a metre costs, by its distance from obstacles."""

    half_width: float = setting(description='of the body', unit='m', low=0.01, high=3.0)
    margin: float = setting(0.03, 'room beside the body below which it is tight', 'm', 0.0, 1.0)
    comfort: float = setting(0.30, 'room beside the body from which it is free', 'm', 0.01, 3.0)
    slope: float = setting(5.0, 'extra cost of a metre at the body', '', 0.0, 20.0)
    tight: float = setting(25.0, 'cost of a metre where it is tight', '', 1.0, 40.0)
    window: float = setting(3.0, 'room around robot and goal in which ways are sought', 'm', 0.5)

    def __post_init__(self) -> None:
        check(self)


class CostField(NamedTuple):
    """A way's cost from every cell.

    Attributes:
        cost: (X, Y) float32 to the goal [m of free way]; infinite where there is no way.
        origin: (2,) centre of cell (0, 0) [m].
        cell: side of a cell [m].
        price: (X, Y) float32 cost of a metre.
    """

    cost: np.ndarray
    origin: np.ndarray
    cell: float
    price: np.ndarray


def cost_field(
    local_map: LocalMap,
    robot: np.ndarray,
    goal: np.ndarray,
    pricing: Pricing,
    dead_ends: Sequence[np.ndarray] = (),
) -> CostField:
    """Plan from everywhere near a robot (2,) and a goal (2,) to the goal; unknown is free.

    A goal beyond the map is moved to its edge. Around dead ends (2,) the way costs the most that
    is possible, and is taken only where every other is much longer.
    """
    low, high = np.minimum(robot[:2], goal[:2]), np.maximum(robot[:2], goal[:2])
    edge = pricing.half_width + pricing.comfort + BEYOND
    first, last = local_map.extent()
    # No way is better for going farther round than all that is known.
    low = np.maximum(low - pricing.window, np.minimum(low, first) - edge)
    high = np.minimum(high + pricing.window, np.maximum(high, last) + edge)
    evidence, origin = local_map.window(low, high)
    distance = distance_field(evidence, local_map.cell, pricing.half_width + pricing.comfort)
    price = _prices(
        distance[::COARSE, ::COARSE], pricing.half_width, pricing.margin, pricing.comfort,
        pricing.slope, pricing.tight,
    )  # fmt: skip
    cell = local_map.cell * COARSE
    for place in dead_ends:
        _close(price, place - origin, cell, pricing.half_width + CLOSED_ROOM)
    source = np.rint((goal[:2] - origin) / cell).astype(np.int64)
    source = np.clip(source, 0, np.array(price.shape) - 1)
    return CostField(spread(price, source, cell), origin, cell, price)


def nearest_field(field: CostField, robot: np.ndarray, goal: np.ndarray) -> CostField:
    """Cost of the way to the place nearest to a goal (2,) that a robot (2,) can get to.

    Odometry that has drifted puts goals into what the map holds for walls. Where no place is much
    nearer than the robot, the field comes back as it is.
    """
    top = np.array(field.price.shape) - 1
    here, there = (
        np.clip(np.rint((p[:2] - field.origin) / field.cell).astype(np.int64), 0, top)
        for p in (robot, goal)
    )
    far = np.hypot(*np.ogrid[-there[0] : top[0] + 1 - there[0], -there[1] : top[1] + 1 - there[1]])
    far[~np.isfinite(spread(field.price, here, field.cell))] = np.inf
    nearest = np.array(np.unravel_index(int(np.argmin(far)), far.shape))
    if (far[tuple(here)] - far[tuple(nearest)]) * field.cell < NEARER:
        return field
    return field._replace(cost=spread(field.price, nearest, field.cell))


@njit(cache=True)
def _prices(
    distance: np.ndarray,
    half_width: float,
    margin: float,
    comfort: float,
    slope: float,
    tight: float,
) -> np.ndarray:
    price = np.empty(distance.shape, dtype=np.float32)
    for i in range(distance.shape[0]):
        for j in range(distance.shape[1]):
            room = distance[i, j] - half_width
            if room < -0.06:
                price[i, j] = np.inf
            elif room < margin:
                price[i, j] = tight
            else:
                near = max(1.0 - room / comfort, 0.0)
                price[i, j] = 1.0 + slope * near * near
    return price


def _close(price: np.ndarray, place: np.ndarray, cell: float, radius: float) -> None:
    """Raise the price in a disc around a place (2,) from the first cell [m]."""
    low = np.clip(np.floor((place - radius) / cell).astype(int), 0, price.shape)
    high = np.clip(np.ceil((place + radius) / cell).astype(int) + 1, 0, price.shape)
    x, y = (cell * np.arange(low[a], high[a]) - place[a] for a in (0, 1))
    part = price[low[0] : high[0], low[1] : high[1]]
    inside = np.hypot(x[:, None], y[None]) <= radius
    part[inside & (part < DEAR)] = DEAR


@njit(cache=True)
def spread(price: np.ndarray, source: np.ndarray, cell: float) -> np.ndarray:
    """Cheapest cost to the source cell (2,) over eight neighbours, (X, Y) float32.

    Dial's algorithm: every price is at least 1, so buckets as wide as a cell settle in order.
    The source itself may be blocked.
    """
    rows, columns = price.shape
    cost = np.full((rows, columns), np.inf, dtype=np.float32)
    room = 8 * rows * columns + 1
    following, place = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    head = np.full(BUCKETS, -1, dtype=np.int32)
    used, waiting, bucket = 1, 1, 0
    place[0], following[0], head[0] = source[0] * columns + source[1], -1, 0
    cost[source[0], source[1]] = 0.0
    while waiting > 0:
        entry = head[bucket % BUCKETS]
        if entry < 0:
            bucket += 1
            continue
        head[bucket % BUCKETS] = following[entry]
        waiting -= 1
        i, j = place[entry] // columns, place[entry] % columns
        here = cost[i, j]
        if int(here / cell) < bucket:
            continue  # settled already from a nearer entry
        for di in range(-1, 2):
            for dj in range(-1, 2):
                a, b = i + di, j + dj
                if (di == 0 and dj == 0) or a < 0 or b < 0 or a >= rows or b >= columns:
                    continue
                if price[a, b] == np.inf:
                    continue
                new = here + cell * price[a, b] * (1.41421356 if di * dj != 0 else 1.0)
                if new < cost[a, b] - 1e-6 and used < room:
                    cost[a, b] = new
                    slot = int(new / cell) % BUCKETS
                    place[used], following[used] = a * columns + b, head[slot]
                    head[slot] = used
                    used += 1
                    waiting += 1
    return cost


@njit(cache=True)
def sample(field: np.ndarray, x: float, y: float) -> float:
    """Bilinear value of a field at cell coordinates x, y; infinite cells do not count.

    Infinite if all four are, or beyond the field.
    """
    i, j = int(np.floor(x)), int(np.floor(y))
    if i < 0 or j < 0 or i + 1 >= field.shape[0] or j + 1 >= field.shape[1]:
        return np.inf
    fx, fy = x - i, y - j
    total, weight = 0.0, 0.0
    for a in range(2):
        for b in range(2):
            value = field[i + a, j + b]
            w = (fx if a else 1.0 - fx) * (fy if b else 1.0 - fy)
            if value < np.inf:
                total += (w + 1e-6) * value
                weight += w + 1e-6
    return total / weight if weight > 0.0 else np.inf


def way_from(field: CostField, place: np.ndarray) -> float:
    """Cost to go from a place (2,) or pose (3,); infinite where there is no way."""
    return float(sample(field.cost, *((place[:2] - field.origin) / field.cell)))


def trace(field: CostField, start: np.ndarray, length: float = np.inf) -> np.ndarray:
    """The cheapest way from a start (2,), (P, 2) [m], at most so long; empty if there is none."""
    cells = _trace(field.cost, *np.rint((start[:2] - field.origin) / field.cell).astype(np.int64),
                   int(min(length / field.cell, 1e6)))  # fmt: skip
    return field.origin + cells * field.cell


@njit(cache=True)
def _trace(cost: np.ndarray, i: int, j: int, most: int) -> np.ndarray:
    way = np.empty((cost.size, 2), dtype=np.int64)
    rows, columns = cost.shape
    i, j = min(max(i, 0), rows - 1), min(max(j, 0), columns - 1)
    count = 0
    while count <= most:
        way[count] = i, j
        count += 1
        best, bi, bj = cost[i, j], i, j
        for a in range(max(i - 1, 0), min(i + 2, rows)):
            for b in range(max(j - 1, 0), min(j + 2, columns)):
                if cost[a, b] < best:
                    best, bi, bj = cost[a, b], a, b
        if bi == i and bj == j:
            break
        i, j = bi, bj
    return way[:count]
