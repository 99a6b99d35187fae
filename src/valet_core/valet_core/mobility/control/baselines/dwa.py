"""Baseline: the dynamic window approach (Fox et al., 1997), as Nav2's DWB lays it out."""

import dataclasses

import numpy as np

from valet_core.common.config import setting
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.baselines.sampling_controller import (
    SamplingConfig,
    SamplingController,
    State,
)

__all__ = ['Dwa', 'DwaConfig']

STILL = 0.06  # m/s and rad/s below which the base hardly moves
SIDES = 7  # sideways speeds tried where there are any


@dataclasses.dataclass(frozen=True)
class DwaConfig(SamplingConfig):
    """Tuning; see SamplingConfig."""

    horizon: float = setting(0.8, 'length of the prediction', 's', low=0.2, high=5.0)
    speeds: int = setting(15, 'speeds tried', low=2, high=100)
    turns: int = setting(31, 'yaw rates tried', low=3, high=200)
    lookahead: float = setting(1.5, 'target ahead on the path', 'm', low=0.1, high=10.0)
    hard_room: float = setting(0.05, 'room that counts as a collision', 'm', low=0.0, high=0.5)
    nearness: float = setting(3.0, 'weight of nearness', low=0.0, high=100.0)
    path: float = setting(0.5, "weight of its end's distance from the path", low=0.0, high=100.0)


class Dwa(SamplingController):
    """Tries the constant velocities that it can reach within a period and takes the best."""

    def __init__(
        self, embodiment: Embodiment, period: float, config: DwaConfig | None = None
    ) -> None:
        """Take the base; `reset` before use. Nothing is random in it."""
        self.config = config or DwaConfig()
        super().__init__(embodiment, period, self.config, 0.0, {'path_end': self.config.path})
        limits = embodiment.limits
        self._reach = np.array([
            limits.acceleration, limits.lateral_acceleration, limits.yaw_acceleration,
        ])  # fmt: skip

    def begin(self, seed: int) -> None:
        """Forget the map; see Controller."""
        super().begin(seed)
        self._still, self._recovering = 0, 0

    def sample(self, velocity: np.ndarray) -> np.ndarray:
        """Constant velocities within reach in one period; see SamplingController."""
        config = self.config
        reach = self._reach * self.spec.period
        low = np.clip(velocity - reach, self._bottom, self._top)
        high = np.clip(velocity + reach, self._bottom, self._top)
        sides = np.linspace(low[1], high[1], SIDES) if self._top[1] > 0.0 else np.zeros(1)
        grid = np.meshgrid(
            np.linspace(low[0], high[0], config.speeds),
            sides,
            np.append(np.linspace(low[2], high[2], config.turns), np.clip(0.0, low[2], high[2])),
            indexing='ij',
        )
        window = np.array(grid).reshape(3, -1).T
        return np.repeat(window[:, None], self._count, axis=1)

    def choose(
        self, state: State, motions: np.ndarray, costs: np.ndarray, collides: np.ndarray
    ) -> np.ndarray:
        """The cheapest, or a way out; see SamplingController."""
        best = int(np.argmin(costs))
        if self._is_stuck(state.velocity) or collides[best]:
            return self._recover(state)
        return motions[best, 0]

    def _is_stuck(self, velocity: np.ndarray) -> bool:
        """Whether it has hardly moved for a second, until it has recovered for another one."""
        second = round(1.0 / self.spec.period)
        if self._recovering > 0:
            self._recovering -= 1
            return True
        self._still = self._still + 1 if np.abs(velocity).max() < STILL else 0
        if self._still < second:
            return False
        self._still, self._recovering = 0, second
        return True

    def _recover(self, state: State) -> np.ndarray:
        """Turn on the spot towards the path; back off where that is blocked or done."""
        turn = np.arctan2(*(state.target - state.pose[:2])[::-1]) - state.pose[2]
        turn = (turn + np.pi) % (2.0 * np.pi) - np.pi
        held = self._recovering > 0 and np.abs(state.velocity).max() < STILL
        if abs(turn) > 0.3 and not held:
            return np.array([0.0, 0.0, np.sign(turn) * min(1.0, self._top[2])])
        back = min(0.2, self.embodiment.limits.backward)
        return np.array([-back, 0.0, np.sign(turn) * min(0.3, self._top[2])])
