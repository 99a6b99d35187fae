"""Many drives of one body in training worlds, as an environment for learning."""

import dataclasses
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.actions import ActionMap
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.features import FeatureConfig, Features
from valet_core.mobility.control.learned_controller import decision_period
from valet_core.mobility.map.seen_area import sees_all_round
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.scenes import SCENES, generate
from valet_core.mobility.sim.world import WorldBank
from valet_core.mobility.training.known_map import KnownMap

__all__ = [
    'TRAINING_SEEDS', 'MobilityTask', 'RewardConfig', 'TaskStep', 'scene_worlds',
    'training_worlds',
]  # fmt: skip

TRAINING_SEEDS = 100_000  # seeds below it are for training, those above for validation and tests


@dataclasses.dataclass(frozen=True)
class RewardConfig:
    """What a drive is worth. Progress is measured along the way around obstacles."""

    progress: float = setting(1.0, 'a second of driving at top speed along the way', '', 0.0, 100)
    time: float = setting(0.4, 'cost of a second', '', 0.0, 100.0)
    goal: float = setting(5.0, 'arrival', '', 0.0, 1e4)
    collision: float = setting(8.0, 'cost of a collision', '', 0.0, 1e4)
    near: float = setting(1.0, 'cost of a second at the edge of contact', '', 0.0, 100.0)
    near_room: float = setting(0.12, 'room from which nearness is free', 'm', 0.01, 2.0)
    blind: float = setting(3.0, 'a second backward at top speed where it cannot see', '', 0.0, 100)
    change: float = setting(0.02, 'cost of squared changes of the action', '', 0.0, 10.0)

    def __post_init__(self) -> None:
        check(self)


class TaskStep(NamedTuple):
    """Result of one step of all robots; those that were done have begun anew.

    Attributes:
        features: (N, F) float32.
        reward: (N,).
        done: (N,) bool.
        timed_out: (N,) bool.
        arrived: (N,) bool.
        collided: (N,) bool.
    """

    features: np.ndarray
    reward: np.ndarray
    done: np.ndarray
    timed_out: np.ndarray
    arrived: np.ndarray
    collided: np.ndarray


def training_worlds(
    embodiment: Embodiment, count: int, seed: int = 0, scenes: tuple[str, ...] = SCENES
) -> WorldBank:
    """`count` worlds of each scene from training seeds.

    Raises:
        ValueError: if the body is held out.
    """
    if embodiment.held_out:
        raise ValueError(f'{embodiment.name} is held out: nothing is trained on it')
    if not 0 <= seed <= TRAINING_SEEDS - count:
        raise ValueError(f'seed: received {seed}; allowed: 0..{TRAINING_SEEDS - count}')
    return scene_worlds(embodiment, count, seed, scenes)


def scene_worlds(
    embodiment: Embodiment, count: int, seed: int, scenes: tuple[str, ...] = SCENES
) -> WorldBank:
    """`count` worlds of each scene from any seeds, to measure in."""
    return WorldBank([generate(s, seed + i, embodiment) for s in scenes for i in range(count)])


class MobilityTask:
    """N robots that drive to goals again and again."""

    def __init__(
        self, embodiment: Embodiment, bank: WorldBank, count: int, seed: int = 0,
        reward: RewardConfig | None = None, features: FeatureConfig | None = None,
        timeout: float = 60.0, known: KnownMap | None = None,
    ) -> None:
        """Create the robots and plan all tasks."""
        self.embodiment, self.count = embodiment, count
        self.reward = reward or RewardConfig()
        self.period = decision_period(embodiment)
        config = SimConfig(period=self.period, goal_tolerance=0.5, timeout=timeout)
        self.sim = PlanarSim(embodiment, bank, count, config, seed)
        self.known = known or KnownMap(embodiment, bank)
        self.map = ActionMap(embodiment)
        self.features = Features(embodiment, self.period, count, features)
        self.action: np.ndarray = np.zeros((count, 3))
        self.drives = self.arrivals = self.collisions = 0

    def reset(self) -> np.ndarray:
        """Begin anew; features (N, F)."""
        self._observed = self.sim.reset()
        self.features.reset()
        self.action[:] = 0.0
        # Robots that begin together would also end together.
        self.sim.time[:] = self.sim.rng.uniform(0.0, 0.5 * self.sim.config.timeout, self.count)
        return self._features()

    def step(self, actions: np.ndarray) -> TaskStep:
        """Apply actions (N, 3), about -1..1."""
        actions = np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        before, way = self.sim.pose[:, :2].copy(), self._way
        yaw = self.sim.pose[:, 2].copy()
        self._observed, out = self.sim.step(self.map.commands(actions))
        reward = self._rewards(before, yaw, way, actions, out)
        self.action = actions.copy()
        self.drives += int(out.done.sum())
        self.arrivals += int(out.arrived.sum())
        self.collisions += int(out.collided.sum())
        if out.done.any():
            self._observed = self.sim.reset(out.done)
            self.features.reset(out.done)
            self.action[out.done] = 0.0
        return TaskStep(
            self._features(), reward, out.done, out.timed_out, out.arrived, out.collided
        )

    def _features(self) -> np.ndarray:
        sim, seen = self.sim, self._observed
        self._way = self.known.ways(sim.pose, sim.world, sim.task)
        return self.features.compute(
            seen.scan, seen.odom, seen.velocity, seen.goal, self._way, self.action
        )

    def _rewards(  # type: ignore[no-untyped-def]
        self, before, yaw, way, actions, out  # noqa: ANN001
    ) -> np.ndarray:
        config, sim = self.reward, self.sim
        ahead = way[:, 0] / np.maximum(np.linalg.norm(way[:, 0], axis=1, keepdims=True), 1e-6)
        moved = sim.pose[:, :2] - before
        c, s = np.cos(yaw), np.sin(yaw)
        x, y = c * moved[:, 0] + s * moved[:, 1], c * moved[:, 1] - s * moved[:, 0]
        progress = (x * ahead[:, 0] + y * ahead[:, 1]) / self.embodiment.limits.forward
        room = self.known.rooms(sim.pose, sim.world)
        near = np.clip(1.0 - room / config.near_room, 0.0, 1.0) ** 2
        reward = config.progress * progress - config.time * self.period
        reward -= config.near * near * self.period
        if not sees_all_round(self.embodiment):
            backward = np.maximum(-sim.velocity[:, 0], 0.0) / self.embodiment.limits.forward
            reward -= config.blind * backward * self.period
        reward -= config.change * ((actions - self.action) ** 2).sum(axis=1)
        return reward + config.goal * out.arrived - config.collision * out.collided
