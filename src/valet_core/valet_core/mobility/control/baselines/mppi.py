"""Baseline: model predictive path integral control (Williams et al., 2017), laid out as Nav2's."""

import dataclasses

import numpy as np

from valet_core.common.config import setting
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.baselines.sampling_controller import (
    SamplingConfig,
    SamplingController,
    State,
)

__all__ = ['Mppi', 'MppiConfig']


@dataclasses.dataclass(frozen=True)
class MppiConfig(SamplingConfig):
    """Tuning; see SamplingConfig."""

    yaw_rate: float = setting(2.5, 'top yaw rate used', 'rad/s', low=0.05, high=10.0)
    reverse: float = setting(0.35, 'top reverse speed used', 'm/s', low=0.0, high=5.0)
    samples: int = setting(600, 'motions tried', low=8, high=20000)
    spread: float = setting(0.2, 'spread of the samples, of the range', '', low=0.001, high=2.0)
    smooth: float = setting(0.5, 'correlation of a sample from step to step', '', 0.0, 0.99)
    temperature: float = setting(0.1, 'of the weighting', '', low=1e-4, high=100.0)
    forward: float = setting(0.5, 'weight of reversing', low=0.0, high=100.0)


class Mppi(SamplingController):
    """Averages random motions, each weighted by how little it costs."""

    def __init__(
        self, embodiment: Embodiment, period: float, config: MppiConfig | None = None
    ) -> None:
        """Take the base; `reset` before use."""
        self.config = config or MppiConfig()
        weights = {'path': self.config.path, 'reverse': self.config.forward}
        super().__init__(embodiment, period, self.config, self.config.reverse, weights)

    def begin(self, seed: int) -> None:
        """Forget the map and the mean; see Controller."""
        super().begin(seed)
        self._rng = np.random.Generator(np.random.SFC64(seed))
        self._mean = np.zeros((self._count, 3))

    def sample(self, velocity: np.ndarray) -> np.ndarray:
        """Motions around the mean; the mean and standing still are among them."""
        config = self.config
        draw = self._rng.standard_normal((config.samples, self._count, 3))
        keep = config.smooth
        for t in range(1, self._count):
            draw[:, t] = keep * draw[:, t - 1] + np.sqrt(1.0 - keep**2) * draw[:, t]
        motions = self._mean + draw * config.spread * (self._top - self._bottom)
        motions[0], motions[1] = self._mean, 0.0
        return np.clip(motions, self._bottom, self._top)

    def choose(
        self, state: State, motions: np.ndarray, costs: np.ndarray, collides: np.ndarray
    ) -> np.ndarray:
        """The first command of the weighted mean; see SamplingController."""
        likely = np.exp(-(costs - costs.min()) / self.config.temperature)
        self._mean = np.tensordot(likely / likely.sum(), motions, axes=1)
        command = self._mean[0].copy()
        self._shift()
        return np.clip(command, self._bottom, self._top)

    def _shift(self) -> None:
        """Move the mean on by one period."""
        last = self._count - 1
        at = np.minimum(np.arange(self._count) + self.spec.period / self.config.step, last)
        low = np.minimum(at.astype(int), last - 1)
        fraction = (at - low)[:, None]
        self._mean = self._mean[low] * (1.0 - fraction) + self._mean[low + 1] * fraction
