"""What the baselines share: motions sampled, predicted over a map and weighed by critics."""

import abc
import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.drive_model import DriveModel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.baselines.critics import CRITICS, motion_features
from valet_core.mobility.control.baselines.planned_path import PlannedPath
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.control.surroundings import describe
from valet_core.mobility.map.local_map import distance_field

__all__ = ['SamplingConfig', 'SamplingController', 'State']

COLLISION_WEIGHT = 1000.0


@dataclasses.dataclass(frozen=True)
class SamplingConfig:
    """Tuning; chosen on generated fields, never on the benchmark's."""

    speed: float = setting(2.0, 'top speed used', 'm/s', low=0.05, high=5.0)
    yaw_rate: float = setting(2.0, 'top yaw rate used', 'rad/s', low=0.05, high=10.0)
    horizon: float = setting(2.0, 'length of the prediction', 's', low=0.2, high=5.0)
    step: float = setting(0.1, 'step of the prediction', 's', low=0.02, high=0.5)
    lookahead: float = setting(2.5, 'target ahead on the path', 'm', low=0.1, high=10.0)
    hard_room: float = setting(0.02, 'room that counts as a collision', 'm', low=0.0, high=0.5)
    free_room: float = setting(0.25, 'room from which it is free', 'm', low=0.01, high=2.0)
    nearness: float = setting(2.0, 'weight of nearness', low=0.0, high=100.0)
    path: float = setting(1.0, 'weight of the distance from the path', low=0.0, high=100.0)
    target: float = setting(1.0, 'weight of the distance to the target', low=0.0, high=100.0)
    heading: float = setting(0.2, 'weight of the last heading', low=0.0, high=100.0)
    plan_every: int = setting(5, 'steps between plans', low=1, high=100)

    def __post_init__(self) -> None:
        check(self)


class State(NamedTuple):
    """Where the base is and what it makes for: pose (3,), velocity (3,), target (2,)."""

    pose: np.ndarray
    velocity: np.ndarray
    target: np.ndarray


class SamplingController(Controller):
    """Follows a planned path by the motions that a subclass samples and chooses from."""

    def __init__(
        self,
        embodiment: Embodiment,
        period: float,
        config: SamplingConfig,
        reverse: float,
        weights: Mapping[str, float],
    ) -> None:
        """Take the base and what motions cost; `reset` before use.

        Args:
            embodiment: the base.
            period: see Controller.
            config: tuning.
            reverse: top reverse speed of a motion [m/s].
            weights: of critics beside those of SamplingConfig, by name.
        """
        super().__init__(embodiment, period)
        limits = embodiment.limits
        self.settings = config
        self._drive = DriveModel(embodiment).parameters
        self._top = np.array([
            min(config.speed, limits.forward), limits.lateral,
            min(config.yaw_rate, limits.yaw_rate),
        ])  # fmt: skip
        self._bottom = np.array([0.0 - min(reverse, limits.backward), *-self._top[1:]])
        self._count = round(config.horizon / config.step)
        known = dict.fromkeys(CRITICS, 0.0) | {
            'collision': COLLISION_WEIGHT, 'nearness': config.nearness,
            'target': config.target, 'heading': config.heading,
        }  # fmt: skip
        self._weights = np.array([(known | dict(weights))[name] for name in CRITICS])

    def begin(self, seed: int) -> None:
        """Forget the map; see Controller."""
        self._path = PlannedPath(self.embodiment, self.settings.plan_every)

    @abc.abstractmethod
    def sample(self, velocity: np.ndarray) -> np.ndarray:
        """Motions to predict from a velocity (3,): commands, (N, T, 3)."""

    @abc.abstractmethod
    def choose(
        self, state: State, motions: np.ndarray, costs: np.ndarray, collides: np.ndarray
    ) -> np.ndarray:
        """The command, (3,).

        Args:
            state: of the base.
            motions: (N, T, 3) that were sampled.
            costs: of each, (N,).
            collides: which of them run into something, (N,).
        """

    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Drive on; see Controller."""
        self._path.update(observation)
        state = State(
            np.array(observation.odom, dtype=np.float64),
            np.array(observation.velocity, dtype=np.float64),
            self._path.ahead(self.settings.lookahead),
        )
        motions = self.sample(state.velocity)
        features = self._predict(state, motions)
        return self.choose(state, motions, features @ self._weights, features[:, 0] > 0.0)

    def embed(self, observation: MobilityObservation) -> np.ndarray:
        """Its surroundings, with the target on its path; see Controller."""
        target = self._path.ahead(self.settings.lookahead)
        return describe(self.embodiment, observation, target)

    def _predict(self, state: State, motions: np.ndarray) -> np.ndarray:
        """What the critics see of each motion, (N, len(CRITICS))."""
        settings, discs, cell = self.settings, self._path.discs, self._path.map.cell
        reach = self._top[0] * settings.horizon + self.embodiment.radius + 0.3
        place = state.pose[:2]
        evidence, origin = self._path.map.window(place - reach, place + reach)
        field = distance_field(evidence, cell, discs.radius + settings.free_room + 0.1)
        features = np.empty((len(motions), len(CRITICS)))
        motion_features(
            self._drive, state.pose, state.velocity, 0.0, motions, settings.step, field, origin,
            cell, discs.centres, discs.radius, settings.hard_room, settings.free_room,
            self._path.path[:80], state.target, features,
        )  # fmt: skip
        return features
