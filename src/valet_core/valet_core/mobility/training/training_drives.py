"""Many drives of one body in worlds that are known, as an environment for learning."""

from typing import NamedTuple

import numpy as np

from valet_core.mobility.body.actions import ActionMap
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.features import FeatureConfig, Features
from valet_core.mobility.control.learned_controller import decision_period
from valet_core.mobility.control.networks import ACTIONS
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.world import WorldBank
from valet_core.mobility.training.known_map import KnownMap
from valet_core.mobility.training.reward import DriveReward, RewardConfig
from valet_core.mobility.training.worlds import training_worlds

__all__ = ['DriveCounts', 'DriveStep', 'TrainingDrives', 'make_drives']


class DriveStep(NamedTuple):
    """Result of one step of N robots; those that were done have begun anew."""

    observation: np.ndarray
    """Features, (N, F) float32."""
    reward: np.ndarray
    """Shape (N,)."""
    done: np.ndarray
    """Shape (N,), bool; so are the others."""
    timed_out: np.ndarray
    arrived: np.ndarray
    collided: np.ndarray


class DriveCounts(NamedTuple):
    """Drives that have ended, and how."""

    drives: int = 0
    arrivals: int = 0
    collisions: int = 0

    @property
    def success(self) -> float:
        """Share that arrived; 0 before any has ended."""
        return self.arrivals / max(self.drives, 1)

    @property
    def collision(self) -> float:
        """Share that collided; 0 before any has ended."""
        return self.collisions / max(self.drives, 1)


class TrainingDrives:
    """N robots that drive to goals again and again, a `VectorEnv`.

    Attributes:
        embodiment: the body.
        count: of robots, N.
        action_size: 3.
        period: between actions [s].
        sim: the robots' true state.
        known: the maps of the worlds.
        map: from actions to commands.
        features: how observations are made.
        counts: drives that ended since `reset` or `clear_counts`.
    """

    def __init__(
        self, embodiment: Embodiment, bank: WorldBank, count: int, seed: int = 0,
        reward: RewardConfig | None = None, features: FeatureConfig | None = None,
        timeout: float = 60.0, known: KnownMap | None = None,
    ) -> None:
        """Create the robots, and plan every task unless that was done.

        Args:
            embodiment: their body.
            bank: worlds to drive in.
            count: of robots.
            seed: of starts, goals and noise.
            reward: what a drive is worth.
            features: how observations are made.
            timeout: of a drive [s].
            known: maps of the same body and worlds, to share them.
        """
        self.embodiment, self.count, self.action_size = embodiment, count, ACTIONS
        self.period = decision_period(embodiment)
        config = SimConfig(period=self.period, goal_tolerance=0.5, timeout=timeout)
        self.sim = PlanarSim(embodiment, bank, count, config, seed)
        self.known = known or KnownMap(embodiment, bank)
        self.map = ActionMap(embodiment)
        self.features = Features(embodiment, self.period, count, features)
        self.counts = DriveCounts()
        self._reward = DriveReward(reward or RewardConfig(), embodiment, self.period)
        self._action: np.ndarray = np.zeros((count, ACTIONS))

    def reset(self) -> np.ndarray:
        """Begin anew; features (N, F)."""
        self._observed = self.sim.reset()
        self.features.reset()
        self._action[:] = 0.0
        self.clear_counts()
        # Robots that begin together would also end together.
        self.sim.time[:] = self.sim.rng.uniform(0.0, 0.5 * self.sim.config.timeout, self.count)
        return self._observe()

    def clear_counts(self) -> None:
        """Count from zero."""
        self.counts = DriveCounts()

    def step(self, actions: np.ndarray) -> DriveStep:
        """Apply actions (N, 3), clipped to -1..1."""
        actions = np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        sim, before, way = self.sim, self.sim.pose.copy(), self._way
        self._observed, out = sim.step(self.map.commands(actions))
        room, change = self.known.rooms(sim.pose, sim.world), actions - self._action
        reward = self._reward.driving(before, sim.pose, way, room, sim.velocity[:, 0], change)
        reward += self._reward.ending(out.arrived, out.collided)
        self._action = actions.copy()
        self._count(out.done, out.arrived, out.collided)
        if out.done.any():
            self._begin(out.done)
        return DriveStep(
            self._observe(), reward, out.done, out.timed_out, out.arrived, out.collided
        )

    def _begin(self, which: np.ndarray) -> None:
        self._observed = self.sim.reset(which)
        self.features.reset(which)
        self._action[which] = 0.0

    def _count(self, done: np.ndarray, arrived: np.ndarray, collided: np.ndarray) -> None:
        drives, arrivals, collisions = self.counts
        self.counts = DriveCounts(drives + int(done.sum()), arrivals + int(arrived.sum()),
                                  collisions + int(collided.sum()))  # fmt: skip

    def _observe(self) -> np.ndarray:
        sim, seen = self.sim, self._observed
        self._way = self.known.ways(sim.pose, sim.world, sim.task)
        return self.features.compute(
            seen.scan, seen.odom, seen.velocity, seen.goal, self._way, self._action
        )


def make_drives(
    embodiment: Embodiment, worlds: int, robots: int, seed: int = 0,
    features: FeatureConfig | None = None, first_world: int = 0,
) -> TrainingDrives:
    """Drives in worlds made for them.

    Args:
        embodiment: a body that is not held out.
        worlds: of each scene.
        robots: at once.
        seed: of starts, goals and noise.
        features: how observations are made.
        first_world: seed of the first world of each scene.
    """
    bank = training_worlds(embodiment, worlds, first_world)
    return TrainingDrives(embodiment, bank, robots, seed, None, features)
