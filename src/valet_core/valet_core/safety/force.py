"""Force limits by phase: the magnitude, and each signed axis of the tool."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.geometry.limb_phase import PHASES
from valet_core.safety.fault import Fault

__all__ = ['ForceLimits', 'ForceRule', 'PhaseLimit']

_COLUMNS = ('magnitude', 'x_low', 'x_high', 'y_low', 'y_high', 'z_low', 'z_high')


# 40 N from the forearm up; along each axis as much as in magnitude.
_LARGEST = (35.0, 35.0, 40.0, 40.0, 40.0)
_LOWEST = tuple(-force for force in _LARGEST)


def _column(default: tuple[float, ...], description: str, low: float, high: float) -> tuple:
    return setting(default, f'{description}, one value a phase', 'N', low, high)


@dataclass(frozen=True)
class ForceLimits:
    """A table with one row a phase; a phase not in it gets the strictest of every column.

    The force is what the cloth exerts on the tool, in the tool's axes, so that a pull and a
    push along the same axis have their own limits.
    """

    phases: tuple[str, ...] = setting(
        PHASES, 'names of the phases, in the order of the other lists'
    )
    magnitude: tuple[float, ...] = _column(_LARGEST, 'largest force', 0.0, 200.0)
    x_low: tuple[float, ...] = _column(_LOWEST, 'lowest force along tool x', -200.0, 0.0)
    x_high: tuple[float, ...] = _column(_LARGEST, 'highest force along tool x', 0.0, 200.0)
    y_low: tuple[float, ...] = _column(_LOWEST, 'lowest force along tool y', -200.0, 0.0)
    y_high: tuple[float, ...] = _column(_LARGEST, 'highest force along tool y', 0.0, 200.0)
    z_low: tuple[float, ...] = _column(_LOWEST, 'lowest force along tool z', -200.0, 0.0)
    z_high: tuple[float, ...] = _column(_LARGEST, 'highest force along tool z', 0.0, 200.0)

    def __post_init__(self) -> None:
        """Check every field, and that there is one value a phase in each.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)
        if not self.phases:
            raise ConfigError('phases: at least one phase is needed')
        if len(set(self.phases)) != len(self.phases):
            raise ConfigError(f'phases: a name occurs twice in {", ".join(self.phases)}')
        for name in _COLUMNS:
            received = len(getattr(self, name))
            if received != len(self.phases):
                raise ConfigError(
                    f'{name}: received {received} values for {len(self.phases)} phases '
                    f'({", ".join(self.phases)})'
                )


class PhaseLimit(NamedTuple):
    """The limits of one phase.

    Attributes:
        magnitude: largest force [N].
        low: lowest force of each tool axis, shape (3,) [N].
        high: highest force of each tool axis, shape (3,) [N].
    """

    magnitude: float
    low: np.ndarray
    high: np.ndarray


class ForceRule:
    """Looks up the limits of a phase and compares a force with them."""

    def __init__(self, limits: ForceLimits) -> None:
        """Read the table once.

        Args:
            limits: the table.
        """
        rows = zip(*(getattr(limits, name) for name in _COLUMNS), strict=True)
        self._limits = {
            phase: PhaseLimit(row[0], np.array(row[1::2]), np.array(row[2::2]))
            for phase, row in zip(limits.phases, rows, strict=True)
        }
        self._strictest = PhaseLimit(
            min(limit.magnitude for limit in self._limits.values()),
            np.max([limit.low for limit in self._limits.values()], axis=0),
            np.min([limit.high for limit in self._limits.values()], axis=0),
        )

    def limit(self, phase: str) -> PhaseLimit:
        """The limits of a phase; of an unknown one, the strictest there are."""
        return self._limits.get(phase, self._strictest)

    def faults(self, force: np.ndarray, phase: str) -> list[Fault]:
        """The limits of the phase that a force is beyond.

        Args:
            force: on the tool in tool axes, finite, shape (3,) [N].
            phase: name of the phase; any name not in the table means the strictest limits.

        Returns:
            Nothing while every limit holds.
        """
        limit = self.limit(phase)
        where = f'phase {phase!r}' if phase in self._limits else f'unknown phase {phase!r}'
        found = []
        magnitude = math.hypot(*force)
        if magnitude > limit.magnitude:
            found.append(
                Fault(
                    'force_magnitude',
                    f'force {magnitude:.1f} N is above {limit.magnitude:.1f} N of {where}',
                )
            )
        for axis, value, low, high in zip('xyz', force, limit.low, limit.high, strict=True):
            if not low <= value <= high:
                found.append(
                    Fault(
                        'force_axis',
                        f'force along tool {axis} {value:+.1f} N is outside '
                        f'{low:+.1f}..{high:+.1f} N of {where}',
                    )
                )
        return found
