"""A learned policy as a controller: maps scans, plans a way, drives it by the network."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.actions import ActionMap
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.command_guard import CommandGuard, GuardConfig
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.features import Features
from valet_core.mobility.control.networks import PolicyNetwork, load_policy
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.map.local_map import LocalMap, MapConfig
from valet_core.mobility.map.seen_area import SeenArea
from valet_core.mobility.map.wavefront import (
    CostField,
    Pricing,
    cost_field,
    nearest_field,
    way_from,
)
from valet_core.mobility.map.way_ahead import ARCS, along_route, way_ahead

__all__ = ['LearnedConfig', 'LearnedController', 'decision_period', 'drive_map']

DEAD_ENDS = 4  # remembered; an older one may have been a mistake
LARGE = 1.0  # m; radius of a body from which its map is coarse and wide


def decision_period(embodiment: Embodiment) -> float:
    """Time between a learned controller's decisions [s]; fast bases decide more often."""
    return 0.05 if embodiment.limits.forward >= 1.5 else 0.1


def drive_map(embodiment: Embodiment) -> MapConfig:
    """Map of a drive: large bodies make long detours, and need no fine one."""
    return MapConfig() if embodiment.radius < LARGE else MapConfig(cell=0.1, size=64.0)


@dataclasses.dataclass(frozen=True)
class LearnedConfig:
    """Planning of the way that the network follows, and its guard."""

    plan_every: int = setting(3, 'steps between plans', '', 1, 100)
    route_ahead: float = setting(6.0, 'a given route is joined this far ahead', 'm', 0.5, 100.0)
    guarded: bool = setting(True, 'let the guard check commands')
    guard: GuardConfig = setting(GuardConfig(), 'of the guard')

    def __post_init__(self) -> None:
        check(self)


class LearnedController(Controller):
    """Drives any body by one network, or a specialist's body by its own.

    Attributes:
        policy: the network.
        guard: checks the commands of this drive.
        field: the last plan, for viewers.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        period: float,
        policy: PolicyNetwork | str | Path,
        config: LearnedConfig | None = None,
        map_config: MapConfig | None = None,
    ) -> None:
        """Take the base and a network, or the folder of one; `reset` before use."""
        super().__init__(embodiment, period)
        self.policy = policy if isinstance(policy, PolicyNetwork) else load_policy(policy)
        self.config = config or LearnedConfig()
        self.map_config = map_config or drive_map(embodiment)
        self._hold = max(1, math.floor(decision_period(embodiment) / period + 0.5))
        self._actions = ActionMap(embodiment)
        self._window = 3.0 if embodiment.radius < LARGE else 6.0 * embodiment.radius

    def begin(self, seed: int) -> None:
        """Forget the map; see Controller. Nothing is random."""
        body = self.embodiment
        self._features = Features(body, decision_period(body), 1, self.policy.features)
        self._map = LocalMap(body, self.map_config)
        self._seen = SeenArea(body)
        self._pricing = Pricing(half_width=body.half_width, window=self._window)
        self.guard = CommandGuard(body, self.spec.period, self.config.guard, self._map.cell)
        self.field: CostField | None = None
        self._dead_ends: list[np.ndarray] = []
        self._action, self._count = np.zeros(3), 0
        self._seen_as: np.ndarray = np.zeros(0, dtype=np.float32)

    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Drive on; see Controller."""
        odom = np.asarray(observation.odom, dtype=np.float64)
        velocity = np.asarray(observation.velocity, dtype=np.float64)
        self._map.update(observation.scan, odom)
        self._seen.update(observation.scan, odom)
        # A plan over a wide window takes longer, so it is made less often.
        every = self.config.plan_every * (3 if self._pricing.window > self._window else 1)
        if self.field is None or self._count % every == 0:
            self.field = self._plan(odom, self._target(observation))
        if self._count % self._hold == 0:
            self._action = self._decide(observation, odom, velocity)
        self._count += 1
        if not self.config.guarded:
            return self._actions.commands(self._action)
        field = self.field
        command = self.guard.check(
            self._action, odom, velocity, self._map, self._seen, field, way_from(field, odom)
        )
        if (place := self.guard.recovery.take_dead_end()) is not None:
            self._dead_ends = [*self._dead_ends, place][-DEAD_ENDS:]
        return command

    def embed(self, observation: MobilityObservation) -> np.ndarray:
        """What the network saw at its last decision; see Controller."""
        return self._seen_as

    def rehearse(self) -> None:
        """Search for a maneuver; see Controller."""
        assert self.field is not None
        self.guard.recovery.search.find(np.zeros(3), self._map, self._seen, self.field, 0.0)

    def _plan(self, odom: np.ndarray, goal: np.ndarray) -> CostField:
        """The cost to go, over a wider window from when the way there leads out of this one."""
        while True:
            field = cost_field(self._map, odom, goal, self._pricing, self._dead_ends)
            window = 2.0 * self._pricing.window
            if math.isfinite(way_from(field, odom)):
                return field
            if window > self._map.config.size:
                return nearest_field(field, odom, goal)
            self._pricing = dataclasses.replace(self._pricing, window=window)

    def _target(self, observation: MobilityObservation) -> np.ndarray:
        if observation.route is None:
            return np.asarray(observation.goal, dtype=np.float64)
        return along_route(
            np.asarray(observation.route, dtype=np.float64), observation.odom,
            self.config.route_ahead,
        )  # fmt: skip

    def _decide(
        self, observation: MobilityObservation, odom: np.ndarray, velocity: np.ndarray
    ) -> np.ndarray:
        assert self.field is not None
        goal = np.asarray(observation.goal, dtype=np.float64)
        way = np.zeros((1, len(ARCS), 2))
        found = way_ahead(self.field.cost, self.field.origin, self.field.cell, *odom, ARCS, way[0])
        if not found:  # straight on, and let the guard stop it
            offset = goal[:2] - odom[:2]
            c, s = math.cos(odom[2]), math.sin(odom[2])
            ahead = np.array([c * offset[0] + s * offset[1], c * offset[1] - s * offset[0]])
            far = max(float(np.hypot(*ahead)), 1e-6)
            way[0] = np.minimum(ARCS, far)[:, None] * ahead / far
        scan = np.asarray(observation.scan, dtype=np.float32)[None]
        x = self._features.compute(
            scan, odom[None], velocity[None], goal[None], way, self._action[None]
        )
        self._seen_as = x[0]
        return np.clip(self.policy.act(x)[0], -1.0, 1.0)
