"""Baseline: the dynamic window approach (Fox et al., 1997), as Nav2's DWB lays it out."""

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

__all__ = ['Dwa', 'DwaConfig']


@dataclasses.dataclass(frozen=True)
class DwaConfig:
    """Tuning; chosen on generated fields, never on the benchmark's."""

    speed: float = setting(2.0, 'top speed used', 'm/s', low=0.05, high=5.0)
    yaw_rate: float = setting(2.0, 'top yaw rate used', 'rad/s', low=0.05, high=10.0)
    horizon: float = setting(0.8, 'length of the prediction', 's', low=0.2, high=5.0)
    step: float = setting(0.1, 'step of the prediction', 's', low=0.02, high=0.5)
    speeds: int = setting(15, 'speeds tried', low=2, high=100)
    turns: int = setting(31, 'yaw rates tried', low=3, high=200)
    lookahead: float = setting(1.5, 'target ahead on the path', 'm', low=0.1, high=10.0)
    hard_room: float = setting(0.05, 'room that counts as a collision', 'm', low=0.0, high=0.5)
    free_room: float = setting(0.25, 'room from which it is free', 'm', low=0.01, high=2.0)
    nearness: float = setting(3.0, 'weight of nearness', low=0.0, high=100.0)
    path: float = setting(0.5, 'weight of the distance from the path', low=0.0, high=100.0)
    target: float = setting(1.0, 'weight of the distance to the target', low=0.0, high=100.0)
    heading: float = setting(0.2, 'weight of the last heading', low=0.0, high=100.0)
    plan_every: int = setting(5, 'steps between plans', low=1, high=100)

    def __post_init__(self) -> None:
        check(self)


class Dwa(Controller):
    """Tries the constant velocities that it can reach within a period and takes the best."""

    def __init__(self, config: DwaConfig | None = None) -> None:
        """Create a controller; `reset` before use."""
        self.config = config or DwaConfig()

    def reset(self, embodiment: Embodiment, period: float, seed: int = 0) -> None:
        """Begin a drive; see Controller. Nothing is random in it."""
        config, limits = self.config, embodiment.limits
        self.embodiment, self._period = embodiment, period
        self._guide = Guide(embodiment, config.plan_every)
        self._drive = DriveModel(embodiment).parameters
        self._top = np.array([
            min(config.speed, limits.forward), limits.lateral,
            min(config.yaw_rate, limits.yaw_rate),
        ])  # fmt: skip
        self._bottom = np.array([0.0, -self._top[1], -self._top[2]])
        self._reach = np.array([
            limits.acceleration, limits.lateral_acceleration, limits.yaw_acceleration,
        ])  # fmt: skip
        weights = dict.fromkeys(CRITICS, 0.0)
        weights |= {
            'collision': 1000.0, 'nearness': config.nearness, 'path_end': config.path,
            'target': config.target, 'heading': config.heading,
        }  # fmt: skip
        self._weights = np.array([weights[name] for name in CRITICS])
        self._previous: MobilityObservation | None = None
        self._still, self._recovering = 0, 0

    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Drive on; see Controller."""
        check_observation(observation, self.embodiment, self._previous)
        self._previous = observation
        config = self.config
        path = self._guide.update(observation)
        target = self._guide.ahead(config.lookahead)
        pose = np.array(observation.odom, dtype=np.float64)
        velocity = np.array(observation.velocity, dtype=np.float64)
        window = self._window(velocity)
        count = round(config.horizon / config.step)
        reach = self._top[0] * config.horizon + self.embodiment.radius + 0.3
        evidence, origin = self._guide.map.window(pose[:2] - reach, pose[:2] + reach)
        discs = self._guide.discs
        field = distance_field(
            evidence, self._guide.map.cell, discs.radius + config.free_room + 0.1
        )
        features = np.empty((len(window), len(CRITICS)))
        motion_features(
            self._drive, pose, velocity, 0.0, np.repeat(window[:, None], count, axis=1),
            config.step, field, origin, self._guide.map.cell, discs.centres, discs.radius,
            config.hard_room, config.free_room, path[:80], target, features,
        )  # fmt: skip
        best = int(np.argmin(features @ self._weights))
        if self._is_stuck(velocity) or features[best, 0] > 0.0:
            return self._recover(pose, target, velocity)
        return window[best]

    def _window(self, velocity: np.ndarray) -> np.ndarray:
        """Velocities within reach in one period, (N, 3)."""
        config = self.config
        reach = self._reach * self._period
        low = np.clip(velocity - reach, self._bottom, self._top)
        high = np.clip(velocity + reach, self._bottom, self._top)
        sides = np.linspace(low[1], high[1], 7) if self._top[1] > 0.0 else np.zeros(1)
        grid = np.meshgrid(
            np.linspace(low[0], high[0], config.speeds),
            sides,
            np.append(np.linspace(low[2], high[2], config.turns), np.clip(0.0, low[2], high[2])),
            indexing='ij',
        )
        return np.array(grid).reshape(3, -1).T

    def _is_stuck(self, velocity: np.ndarray) -> bool:
        """Whether it has hardly moved for a second, until it has recovered for another one."""
        still = np.abs(velocity).max() < 0.06
        second = round(1.0 / self._period)
        if self._recovering > 0:
            self._recovering -= 1
            return True
        self._still = self._still + 1 if still else 0
        if self._still < second:
            return False
        self._still, self._recovering = 0, second
        return True

    def _recover(self, pose: np.ndarray, target: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Turn on the spot towards the path; back off where that is blocked or done."""
        turn = np.arctan2(*(target - pose[:2])[::-1]) - pose[2]
        turn = (turn + np.pi) % (2.0 * np.pi) - np.pi
        held = self._recovering > 0 and np.abs(velocity).max() < 0.06
        if abs(turn) > 0.3 and not held:
            return np.array([0.0, 0.0, np.sign(turn) * min(1.0, self._top[2])])
        back = min(0.2, self.embodiment.limits.backward)
        return np.array([-back, 0.0, np.sign(turn) * min(0.3, self._top[2])])
