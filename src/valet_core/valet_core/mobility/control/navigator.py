"""The planner controller: cost-to-go over the map of the drive, sampled motions on top."""

import dataclasses
import math

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.drive_model import DriveModel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.motion_costs import Discs, rollout_costs, simulate
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.control.surroundings import describe
from valet_core.mobility.map.local_map import LocalMap, MapConfig, distance_field
from valet_core.mobility.map.wavefront import CostField, Pricing, cost_field, trace

__all__ = ['Navigator', 'NavigatorConfig']

AIM = 2.0  # m along the way of the point that its embedding holds


@dataclasses.dataclass(frozen=True)
class NavigatorConfig:
    """Tuning of the planner controller."""

    horizon: float = setting(2.0, 'length of the prediction', 's', low=0.2, high=10.0)
    step: float = setting(0.1, 'step of the prediction', 's', low=0.02, high=0.5)
    knots: int = setting(6, 'velocities of a motion', low=2, high=30)
    samples: int = setting(96, 'random motions of each round', low=0, high=20000)
    rounds: int = setting(2, 'rounds of refinement', low=1, high=10)
    plan_every: int = setting(3, 'steps between plans', low=1, high=100)
    hard_room: float = setting(0.02, 'room that counts as a collision', 'm', low=0.0, high=0.5)
    free_room: float = setting(0.20, 'room from which it is free', 'm', low=0.01, high=2.0)
    near_weight: float = setting(0.3, 'cost of nearness', low=0.0, high=100.0)
    speed_weight: float = setting(3.0, 'cost of nearness by squared speed', low=0.0, high=100.0)
    turn_weight: float = setting(0.01, 'cost of squared yaw rate', low=0.0, high=10.0)
    back_weight: float = setting(0.3, 'cost of reversing', low=0.0, high=10.0)
    heading_weight: float = setting(0.3, 'cost of the last heading', low=0.0, high=10.0)
    speed: float = setting(2.0, 'top speed used', 'm/s', low=0.05, high=5.0)
    reverse: float = setting(0.5, 'top reverse speed used', 'm/s', low=0.0, high=5.0)
    yaw_rate: float = setting(3.0, 'top yaw rate used', 'rad/s', low=0.05, high=10.0)

    def __post_init__(self) -> None:
        check(self)


class Navigator(Controller):
    """Plans over what it has seen and drives the best of many predicted motions.

    Attributes:
        field: the last plan, for viewers.
        known: obstacle points (N, 2) in the odometry frame [m] that are given instead of being
            seen: the teacher of imitation learning, which knows the map.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        period: float,
        config: NavigatorConfig | None = None,
        map_config: MapConfig | None = None,
        known: np.ndarray | None = None,
    ) -> None:
        """Take the base; `reset` before use."""
        super().__init__(embodiment, period)
        self.config = config = config or NavigatorConfig()
        self.map_config = map_config or MapConfig()
        self.known = known
        self.field: CostField | None = None
        limits = embodiment.limits
        self._drive = DriveModel(embodiment).parameters
        self._discs = Discs(embodiment)
        self._pricing = Pricing(half_width=embodiment.half_width)
        self._top = np.array([
            min(config.speed, limits.forward), limits.lateral,
            min(config.yaw_rate, limits.yaw_rate),
        ])  # fmt: skip
        self._bottom = -np.array([min(config.reverse, limits.backward), *self._top[1:]])
        self._library = self._arcs()

    def begin(self, seed: int) -> None:
        """Forget the map; see Controller."""
        self._rng = np.random.Generator(np.random.SFC64(seed))
        self.map = LocalMap(self.embodiment, self.map_config)
        if self.known is not None:
            self.map.add_points(self.known)
        self._best = np.zeros((self.config.knots, 3))
        self._sent: list[np.ndarray] = []
        self._steer, self._count = 0.0, 0
        self.field = None

    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Drive on; see Controller."""
        odom = np.asarray(observation.odom, dtype=np.float64)
        if self.known is None:
            self.map.update(observation.scan, odom)
        if self.field is None or self._count % self.config.plan_every == 0:
            self.field = cost_field(self.map, odom, observation.goal, self._pricing)
        self._count += 1
        pose, velocity = self._predict(odom, observation.velocity)
        command = self._choose(pose, velocity)
        self._sent.append(command)
        return command

    def embed(self, observation: MobilityObservation) -> np.ndarray:
        """Its surroundings, with a point of the way planned; see Controller."""
        assert self.field is not None
        way = trace(self.field, np.asarray(observation.odom, dtype=np.float64), AIM)
        aim = way[-1] if len(way) else observation.goal[:2]
        return describe(self.embodiment, observation, aim)

    def _predict(self, odom: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the base will be when the next command takes effect."""
        pose, velocity = odom.copy(), np.array(velocity, dtype=np.float64)
        late = round(self.embodiment.actuation.delay / self.spec.period)
        if self._sent and self.embodiment.drive == 'ackermann':
            ratio = velocity[2] / velocity[0] if abs(velocity[0]) > 0.1 else None
            if ratio is not None:
                self._steer = math.atan(self.embodiment.steering.wheelbase * ratio)
        if late and self._sent:
            pending = np.array(self._sent[-late:])
            self._sent = self._sent[-late:]
            self._steer = simulate(
                self._drive, pose, velocity, self._steer, pending, self.spec.period
            )
        return pose, velocity

    def _choose(self, pose: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        config, field = self.config, self.field
        assert field is not None
        reach = self._top[0] * config.horizon + self.embodiment.radius + 0.3
        evidence, origin = self.map.window(pose[:2] - reach, pose[:2] + reach)
        most = self._discs.radius + config.free_room + 0.1
        distance = distance_field(evidence, self.map.cell, most)
        weights = np.array([
            config.hard_room, config.free_room, config.near_weight, config.speed_weight,
            config.turn_weight, config.back_weight, config.heading_weight,
        ])  # fmt: skip
        steps = round(config.horizon / config.step)
        motions = np.concatenate([self._shifted()[None], self._library])
        best, least = motions[0], math.inf
        for turn in range(config.rounds):
            motions = np.concatenate([motions, self._around(best if turn else motions[0], turn)])
            costs = np.empty(len(motions))
            rollout_costs(
                self._drive, pose, velocity, self._steer, motions, config.step, steps, distance,
                origin, self.map.cell, self._discs.centres, self._discs.radius, field.cost,
                field.origin, field.cell, weights, costs,
            )  # fmt: skip
            index = int(np.argmin(costs))
            if costs[index] < least:
                best, least = motions[index], float(costs[index])
            motions = motions[:0]
        self._best, self.cost = best, least
        first = self.spec.period / config.horizon * (config.knots - 1)
        command = best[0] + min(first, 1.0) * (best[1] - best[0])
        return np.clip(command, self._bottom, self._top)

    def _shifted(self) -> np.ndarray:
        """The last choice, one period later."""
        count = self.config.knots
        at = np.arange(count) + self.spec.period / self.config.horizon * (count - 1)
        at = np.minimum(at, count - 1)
        low = np.minimum(at.astype(int), count - 2)
        fraction = (at - low)[:, None]
        return self._best[low] * (1.0 - fraction) + self._best[low + 1] * fraction

    def _around(self, motion: np.ndarray, turn: int) -> np.ndarray:
        """Random motions near one."""
        shape = (self.config.samples, *motion.shape)
        scale = (self._top - self._bottom) * (0.25, 0.12)[min(turn, 1)]
        noise = self._rng.standard_normal(shape, dtype=np.float32) * scale
        noise[1::2] = np.cumsum(noise[1::2] * 0.6, axis=1)  # half of them swing one way
        return np.clip(motion + noise, self._bottom, self._top)

    def _arcs(self) -> np.ndarray:
        """Constant velocities and turns that end, (N, K, 3)."""
        config, bottom, top = self.config, self._bottom, self._top
        speeds = np.array([bottom[0], 0.0, *(top[0] * np.array([0.15, 0.3, 0.5, 0.75, 1.0]))])
        turns = top[2] * np.array([-1, -0.6, -0.35, -0.2, -0.1, 0, 0.1, 0.2, 0.35, 0.6, 1])
        sides = (0.0,) if top[1] == 0.0 else (-top[1], -0.5 * top[1], 0.0, 0.5 * top[1], top[1])
        grid = np.array(np.meshgrid(speeds, sides, turns, indexing='ij')).reshape(3, -1).T
        constant = np.repeat(grid[:, None], config.knots, axis=1)
        ending = constant.copy()
        ending[:, config.knots // 3 :, 2] = 0.0
        return np.concatenate([constant, ending])
