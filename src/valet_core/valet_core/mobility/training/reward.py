"""What a step of a drive is worth. Progress is measured along the way around obstacles."""

import dataclasses

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.seen_area import sees_all_round

__all__ = ['DriveReward', 'RewardConfig']


@dataclasses.dataclass(frozen=True)
class RewardConfig:
    """Weights of what counts."""

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


class DriveReward:
    """Rewards of the steps of N robots of one body."""

    def __init__(self, config: RewardConfig, embodiment: Embodiment, period: float) -> None:
        """Take the weights, the body and the time of a step [s]."""
        self.config, self._period = config, period
        self._top_speed = embodiment.limits.forward
        self._blind_behind = not sees_all_round(embodiment)

    def driving(
        self, before: np.ndarray, after: np.ndarray, way: np.ndarray, room: np.ndarray,
        forward: np.ndarray, change: np.ndarray,
    ) -> np.ndarray:
        """What the motion of a step is worth, (N,).

        Args:
            before: true poses before the step, (N, 3) in the world.
            after: true poses after it, (N, 3) in the world.
            way: points of the way ahead before the step, (N, A, 2) in the base frame [m].
            room: around the bodies after the step, (N,) [m].
            forward: speed after the step, (N,) [m/s].
            change: of the action since the step before, (N, 3).
        """
        config, period = self.config, self._period
        reward = config.progress * self._progress(before, after, way) - config.time * period
        near = np.clip(1.0 - room / config.near_room, 0.0, 1.0) ** 2
        reward -= config.near * near * period
        if self._blind_behind:
            backward = np.maximum(-forward, 0.0) / self._top_speed
            reward -= config.blind * backward * period
        reward -= config.change * (change**2).sum(axis=1)
        return reward

    def ending(self, arrived: np.ndarray, collided: np.ndarray) -> np.ndarray:
        """What arrivals (N,) are worth less what collisions (N,) cost, (N,)."""
        return self.config.goal * arrived - self.config.collision * collided

    def _progress(self, before: np.ndarray, after: np.ndarray, way: np.ndarray) -> np.ndarray:
        """Metres towards the next point of the way over the top speed, (N,) [s]."""
        ahead = way[:, 0] / np.maximum(np.linalg.norm(way[:, 0], axis=1, keepdims=True), 1e-6)
        moved = after[:, :2] - before[:, :2]
        c, s = np.cos(before[:, 2]), np.sin(before[:, 2])
        x, y = c * moved[:, 0] + s * moved[:, 1], c * moved[:, 1] - s * moved[:, 0]
        return (x * ahead[:, 0] + y * ahead[:, 1]) / self._top_speed
