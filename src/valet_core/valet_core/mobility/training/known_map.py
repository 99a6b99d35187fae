"""What is known of training worlds: distances to obstacles and ways to the goals."""
# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.motion_costs import Discs, clearance
from valet_core.mobility.map.wavefront import Pricing, spread
from valet_core.mobility.map.way_ahead import ARCS, way_ahead
from valet_core.mobility.sim.distance_grid import distance_grid
from valet_core.mobility.sim.world import WorldBank

__all__ = ['CELL', 'COARSE', 'KnownMap', 'prices']

CELL, COARSE = 0.05, 2  # m; ways are planned on every second cell


def prices(distance: np.ndarray, pricing: Pricing) -> np.ndarray:
    """Cost of a metre at distances from obstacles [m], as the planner prices it."""
    room = distance - pricing.half_width
    near = np.maximum(1.0 - room / pricing.comfort, 0.0)
    price = np.where(room < pricing.margin, pricing.tight, 1.0 + pricing.slope * near**2)
    return np.where(room < -0.06, np.inf, price).astype(np.float32)


class KnownMap:
    """Distances of every world and costs to go of every task of a bank, for one body."""

    def __init__(self, embodiment: Embodiment, bank: WorldBank) -> None:
        """Plan every task; some 10 ms each."""
        pricing = Pricing(half_width=embodiment.half_width)
        self.discs = Discs(embodiment)
        fields, costs, self.first_task = [], [], np.zeros(len(bank) + 1, dtype=np.int64)
        self.origin = np.zeros((len(bank), 2))
        for index, world in enumerate(bank.worlds):
            grid = distance_grid(world, CELL)
            fields.append(grid.distance.astype(np.float32))
            self.origin[index] = grid.origin
            price = prices(grid.distance[::COARSE, ::COARSE], pricing)
            for goal in world.goals:
                cell = np.rint((goal[:2] - grid.origin) / (CELL * COARSE)).astype(np.int64)
                costs.append(spread(price, np.clip(cell, 0, np.array(price.shape) - 1),
                                    CELL * COARSE))  # fmt: skip
            self.first_task[index + 1] = len(costs)
        self.fields, self.field_at, self.field_shape = _pack(fields)
        self.costs, self.cost_at, self.cost_shape = _pack(costs)

    def ways(self, pose: np.ndarray, world: np.ndarray, task: np.ndarray) -> np.ndarray:
        """Points of the way ahead of true poses (N, 3) in the base frame, (N, A, 2)."""
        out = np.zeros((len(pose), len(ARCS), 2))
        _ways(pose, self.first_task[world] + task, self.origin[world], self.costs, self.cost_at,
              self.cost_shape, CELL * COARSE, ARCS, out)  # fmt: skip
        return out

    def rooms(self, pose: np.ndarray, world: np.ndarray) -> np.ndarray:
        """Room around the bodies at true poses (N, 3), (N,) [m]."""
        out = np.zeros(len(pose))
        _rooms(pose, world, self.origin[world], self.fields, self.field_at, self.field_shape,
               CELL, self.discs.centres, self.discs.radius, out)  # fmt: skip
        return out


def _pack(arrays: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts = np.cumsum([0] + [a.size for a in arrays])
    shapes = np.array([a.shape for a in arrays], dtype=np.int64)
    return np.concatenate([a.ravel() for a in arrays]), starts, shapes


@njit(cache=True)
def _ways(pose, task, origin, costs, starts, shapes, cell, arcs, out):
    for i in range(pose.shape[0]):
        t = task[i]
        cost = costs[starts[t] : starts[t + 1]].reshape((shapes[t, 0], shapes[t, 1]))
        way_ahead(cost, origin[i], cell, pose[i, 0], pose[i, 1], pose[i, 2], arcs, out[i])


@njit(cache=True)
def _rooms(
    pose, world, origin, fields, starts, shapes, cell, centres, radius, out
):
    for i in range(pose.shape[0]):
        w = world[i]
        field = fields[starts[w] : starts[w + 1]].reshape((shapes[w, 0], shapes[w, 1]))
        c, s = math.cos(pose[i, 2]), math.sin(pose[i, 2])
        out[i] = clearance(
            field, origin[i], cell, centres, radius, pose[i, 0], pose[i, 1], c, s
        )
