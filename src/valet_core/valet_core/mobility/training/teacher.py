"""The teacher of imitation: it knows the map and the true state.

It predicts many motions with the body's own drive model and costs, as the planner controller
does, over the true distances, and gives the mean of the best: smoother than the best alone.
"""
# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import dataclasses

import numpy as np
from numba import njit

from valet_core.common.config import check, setting
from valet_core.mobility.body.drive_model import DriveModel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.motion_costs import rollout_costs
from valet_core.mobility.map.seen_area import sees_all_round
from valet_core.mobility.training.known_map import CELL, COARSE, KnownMap

__all__ = ['Teacher', 'TeacherConfig']

KNOTS = 3


@dataclasses.dataclass(frozen=True)
class TeacherConfig:
    """Motions that are tried and what they cost."""

    horizon: float = setting(2.0, 'length of the prediction', 's', 0.2, 10.0)
    step: float = setting(0.1, 'step of the prediction', 's', 0.02, 0.5)
    samples: int = setting(64, 'random motions around the best', '', 1, 5000)
    temperature: float = setting(0.1, 'cost by which a motion counts 1/e', '', 1e-4, 100.0)
    speed: float = setting(2.0, 'top speed used', 'm/s', 0.05, 5.0)
    reverse: float = setting(0.4, 'top reverse speed used', 'm/s', 0.0, 5.0)
    yaw_rate: float = setting(2.5, 'top yaw rate used', 'rad/s', 0.05, 10.0)
    hard_room: float = setting(0.03, 'room that counts as a collision', 'm', 0.0, 0.5)
    free_room: float = setting(0.20, 'room from which it is free', 'm', 0.01, 2.0)
    near_weight: float = setting(0.3, 'cost of nearness', '', 0.0, 100.0)
    speed_weight: float = setting(3.0, 'cost of nearness by squared speed', '', 0.0, 100.0)
    turn_weight: float = setting(0.02, 'cost of squared yaw rate', '', 0.0, 10.0)
    back_weight: float = setting(0.3, 'cost of reversing', '', 0.0, 10.0)
    heading_weight: float = setting(0.3, 'cost of the last heading', '', 0.0, 10.0)

    def __post_init__(self) -> None:
        check(self)


class Teacher:
    """Commands for many robots whose worlds are known."""

    def __init__(
        self, embodiment: Embodiment, known: KnownMap, config: TeacherConfig | None = None,
        seed: int = 0,
    ) -> None:
        """Draw the random motions once: the same state gets the same command."""
        self.config = config or TeacherConfig()
        self._known, limits = known, embodiment.limits
        self._top = np.array([
            min(self.config.speed, limits.forward), limits.lateral,
            min(self.config.yaw_rate, limits.yaw_rate),
        ])  # fmt: skip
        # A body that cannot see behind must not learn to back up from one that knows the map.
        reverse = self.config.reverse if sees_all_round(embodiment) else 0.0
        self._bottom = -np.array([min(reverse, limits.backward), *self._top[1:]])
        self._drive = DriveModel(embodiment).parameters
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((self.config.samples, KNOTS, 3)) * 0.15
        self._noise = noise * (self._top - self._bottom)
        self._library = self._arcs()

    def commands(
        self, pose: np.ndarray, velocity: np.ndarray, steer: np.ndarray, world: np.ndarray,
        task: np.ndarray, period: float,
    ) -> np.ndarray:
        """Commands (N, 3) for true poses (N, 3), body velocities (N, 3) and steering (N,)."""
        c, known = self.config, self._known
        weights = np.array([
            c.hard_room, c.free_room, c.near_weight, c.speed_weight, c.turn_weight,
            c.back_weight, c.heading_weight,
        ])  # fmt: skip
        out = np.zeros((len(pose), 3))
        _label(
            self._drive, pose, velocity, steer, self._library, self._noise, self._bottom,
            self._top, c.step, round(c.horizon / c.step), world, known.first_task[world] + task,
            known.origin[world], known.fields, known.field_at, known.field_shape, known.costs,
            known.cost_at, known.cost_shape, CELL, CELL * COARSE, known.discs.centres,
            known.discs.radius, weights, c.temperature, period / c.horizon, out,
        )  # fmt: skip
        return out

    def _arcs(self) -> np.ndarray:
        bottom, top = self._bottom, self._top
        speeds = np.array([bottom[0], 0.0, *(top[0] * np.array([0.2, 0.4, 0.7, 1.0]))])
        turns = top[2] * np.array([-1, -0.6, -0.3, -0.12, 0, 0.12, 0.3, 0.6, 1])
        sides = (0.0,) if top[1] == 0.0 else (-top[1], 0.0, top[1])
        grid = np.array(np.meshgrid(speeds, sides, turns, indexing='ij')).reshape(3, -1).T
        constant = np.repeat(grid[:, None], KNOTS, axis=1)
        ending = constant.copy()
        ending[:, 1:, 2] = 0.0
        return np.ascontiguousarray(np.concatenate([constant, ending]))


@njit(cache=True)
def _label(
    p, pose, velocity, steer, library, noise, bottom, top, dt, steps, world, task, origin,
    fields, field_at, field_shape, costs, cost_at, cost_shape, cell, coarse, centres, radius,
    weights, temperature, first, out,
):  # fmt: skip
    price = np.empty(library.shape[0])
    around, worth = np.empty_like(noise), np.empty(noise.shape[0])
    for i in range(pose.shape[0]):
        w, t = world[i], task[i]
        field = fields[field_at[w] : field_at[w + 1]].reshape(
            (field_shape[w, 0], field_shape[w, 1])
        )
        cost = costs[cost_at[t] : cost_at[t + 1]].reshape((cost_shape[t, 0], cost_shape[t, 1]))
        rollout_costs(
            p, pose[i], velocity[i], steer[i], library, dt, steps, field, origin[i], cell,
            centres, radius, cost, origin[i], coarse, weights, price,
        )  # fmt: skip
        best = library[np.argmin(price)]
        for n in range(noise.shape[0]):
            for k in range(noise.shape[1]):
                for a in range(3):
                    value = best[k, a] + (noise[n, k, a] if n > 0 else 0.0)
                    around[n, k, a] = min(max(value, bottom[a]), top[a])
        rollout_costs(
            p, pose[i], velocity[i], steer[i], around, dt, steps, field, origin[i], cell,
            centres, radius, cost, origin[i], coarse, weights, worth,
        )  # fmt: skip
        least, total = worth.min(), 0.0
        out[i] = 0.0
        for n in range(noise.shape[0]):
            share = np.exp(-(worth[n] - least) / temperature)
            total += share
            f = first * (noise.shape[1] - 1)
            for a in range(3):
                out[i, a] += share * ((1.0 - f) * around[n, 0, a] + f * around[n, 1, a])
        out[i] /= total
