"""Is a force-torque signal alive: while its wire is whole it carries noise."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.fault import Fault

__all__ = ['Aliveness', 'AlivenessConfig']


@dataclass(frozen=True)
class AlivenessConfig:
    """When a signal that never changes counts as a broken wire."""

    samples: int = setting(
        10, 'identical samples in a row that mean a broken wire; 0: never', '', 0, 10000
    )
    duration: float = setting(
        0.1, 'time of identical samples (three or more) that means a broken wire', 's', 0.01, 10.0
    )
    axis_samples: int = setting(
        50, 'the same for a single force axis, which may be quantised; 0: never', '', 0, 10000
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class Aliveness:
    """Tells a live force-torque signal, which always carries noise, from a frozen one."""

    _RULE = 'frozen_wrench'
    # Below this many equal samples a short hiccup of the source could look frozen by time.
    _FEWEST = 3

    def __init__(self, config: AlivenessConfig) -> None:
        """Start with nothing received.

        Args:
            config: how many equal samples, or how long, mean frozen.
        """
        self._config = config
        self.forget()

    def forget(self) -> None:
        """Start afresh."""
        self._last: np.ndarray = np.full(6, np.nan)
        self._equal: np.ndarray = np.zeros(6, dtype=int)
        self._all_equal = 0
        self._since = 0.0
        self._now = 0.0

    def update(self, now: float, wrench: np.ndarray) -> None:
        """Compare a sample bit for bit with the one before.

        Args:
            now: time of arrival [s].
            wrench: shape (6,), force first [N], then torque [N m].
        """
        same = wrench == self._last
        self._equal = np.where(same, self._equal + 1, 1)
        if same.all():
            self._all_equal += 1
        else:
            self._all_equal, self._since = 1, now
        self._last, self._now = np.array(wrench), now

    def fault(self) -> Fault | None:
        """Why the signal is taken for dead; None while it is alive."""
        count, span = self._all_equal, self._now - self._since
        samples, duration = self._config.samples, self._config.duration
        if samples and (count >= samples or (count >= self._FEWEST and span >= duration)):
            return Fault(
                self._RULE,
                f'wrench has not changed in {count} samples, {span:.3f} s; allowed fewer than '
                f'{samples} and less than {duration:.3f} s',
            )
        for axis, equal in zip('xyz', self._equal[:3], strict=True):
            if 0 < self._config.axis_samples <= equal:
                return Fault(
                    self._RULE,
                    f'force along tool {axis} has not changed in {equal} samples; allowed fewer '
                    f'than {self._config.axis_samples}',
                )
        return None
