"""Baseline: model predictive path integral control (Williams et al., 2017), laid out as Nav2's."""

import dataclasses

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.drive_model import DriveModel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import (
    Controller,
    MobilityObservation,
    check_observation,
)
from valet_core.mobility.control.critics import CRITICS, motion_features
from valet_core.mobility.control.planned_path import Guide
from valet_core.mobility.map.local_map import distance_field

__all__ = ['Mppi', 'MppiConfig']


@dataclasses.dataclass(frozen=True)
class MppiConfig:
    """Tuning; chosen on generated fields, never on the benchmark's."""

    speed: float = setting(2.0, 'top speed used', 'm/s', low=0.05, high=5.0)
    reverse: float = setting(0.35, 'top reverse speed used', 'm/s', low=0.0, high=5.0)
    yaw_rate: float = setting(2.5, 'top yaw rate used', 'rad/s', low=0.05, high=10.0)
    horizon: float = setting(2.0, 'length of the prediction', 's', low=0.2, high=5.0)
    step: float = setting(0.1, 'step of the prediction', 's', low=0.02, high=0.5)
    samples: int = setting(600, 'motions tried', low=8, high=20000)
    spread: float = setting(0.2, 'spread of the samples, of the range', '', low=0.001, high=2.0)
    smooth: float = setting(0.5, 'correlation of a sample from step to step', '', 0.0, 0.99)
    temperature: float = setting(0.1, 'of the weighting', '', low=1e-4, high=100.0)
    lookahead: float = setting(2.5, 'target ahead on the path', 'm', low=0.1, high=10.0)
    hard_room: float = setting(0.02, 'room that counts as a collision', 'm', low=0.0, high=0.5)
    free_room: float = setting(0.25, 'room from which it is free', 'm', low=0.01, high=2.0)
    nearness: float = setting(2.0, 'weight of nearness', low=0.0, high=100.0)
    path: float = setting(1.0, 'weight of the distance from the path', low=0.0, high=100.0)
    target: float = setting(1.0, 'weight of the distance to the target', low=0.0, high=100.0)
    heading: float = setting(0.2, 'weight of the last heading', low=0.0, high=100.0)
    forward: float = setting(0.5, 'weight of reversing', low=0.0, high=100.0)
    plan_every: int = setting(5, 'steps between plans', low=1, high=100)

    def __post_init__(self) -> None:
        check(self)


class Mppi(Controller):
    """Averages random motions, each weighted by how little it costs."""

    def __init__(self, config: MppiConfig | None = None) -> None:
        """Create a controller; `reset` before use."""
        self.config = config or MppiConfig()

    def reset(self, embodiment: Embodiment, period: float, seed: int = 0) -> None:
        """Begin a drive; see Controller."""
        config, limits = self.config, embodiment.limits
        self.embodiment, self._period = embodiment, period
        self._rng = np.random.Generator(np.random.SFC64(seed))
        self._guide = Guide(embodiment, config.plan_every)
        self._drive = DriveModel(embodiment).parameters
        self._top = np.array([
            min(config.speed, limits.forward), limits.lateral,
            min(config.yaw_rate, limits.yaw_rate),
        ])  # fmt: skip
        self._bottom = -np.array([min(config.reverse, limits.backward), *self._top[1:]])
        self._count = round(config.horizon / config.step)
        self._mean = np.zeros((self._count, 3))
        weights = dict.fromkeys(CRITICS, 0.0)
        weights |= {
            'collision': 1000.0, 'nearness': config.nearness, 'path': config.path,
            'target': config.target, 'heading': config.heading, 'reverse': config.forward,
        }  # fmt: skip
        self._weights = np.array([weights[name] for name in CRITICS])
        self._previous: MobilityObservation | None = None

    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Drive on; see Controller."""
        check_observation(observation, self.embodiment, self._previous)
        self._previous = observation
        config = self.config
        path = self._guide.update(observation)
        target = self._guide.ahead(config.lookahead)
        pose = np.array(observation.odom, dtype=np.float64)
        velocity = np.array(observation.velocity, dtype=np.float64)
        reach = self._top[0] * config.horizon + self.embodiment.radius + 0.3
        evidence, origin = self._guide.map.window(pose[:2] - reach, pose[:2] + reach)
        discs = self._guide.discs
        field = distance_field(
            evidence, self._guide.map.cell, discs.radius + config.free_room + 0.1
        )
        motions = self._sample()
        features = np.empty((len(motions), len(CRITICS)))
        motion_features(
            self._drive, pose, velocity, 0.0, motions, config.step, field, origin,
            self._guide.map.cell, discs.centres, discs.radius, config.hard_room,
            config.free_room, path[:80], target, features,
        )  # fmt: skip
        costs = features @ self._weights
        likely = np.exp(-(costs - costs.min()) / config.temperature)
        self._mean = np.tensordot(likely / likely.sum(), motions, axes=1)
        command = self._mean[0].copy()
        self._shift()
        return np.clip(command, self._bottom, self._top)

    def _sample(self) -> np.ndarray:
        """Motions around the mean, (N, T, 3); the mean and standing still are among them."""
        config = self.config
        draw = self._rng.standard_normal((config.samples, self._count, 3))
        keep = config.smooth
        for t in range(1, self._count):
            draw[:, t] = keep * draw[:, t - 1] + np.sqrt(1.0 - keep**2) * draw[:, t]
        motions = self._mean + draw * config.spread * (self._top - self._bottom)
        motions[0], motions[1] = self._mean, 0.0
        return np.clip(motions, self._bottom, self._top)

    def _shift(self) -> None:
        """Move the mean on by one period."""
        at = np.minimum(np.arange(self._count) + self._period / self.config.step, self._count - 1)
        low = np.minimum(at.astype(int), self._count - 2)
        fraction = (at - low)[:, None]
        self._mean = self._mean[low] * (1.0 - fraction) + self._mean[low + 1] * fraction
