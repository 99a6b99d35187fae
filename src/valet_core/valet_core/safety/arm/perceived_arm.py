"""A perceived arm as the rules of the gate take it."""

from typing import NamedTuple

import numpy as np

from valet_core.geometry.limb import Limb
from valet_core.geometry.limb_phase import advance_along, phase_at
from valet_core.perception.arm_estimate import ArmEstimate

__all__ = ['NO_PERSON', 'PerceivedArm']

_PIECE = 0.01, 1.0  # shortest and longest piece of an arm [m]


class PerceivedArm(NamedTuple):
    """What is made of an `ArmEstimate`.

    Attributes:
        limb: the arm, where it can be one and any joint is seen; else None.
        trusted: whether every joint of it is trusted.
    """

    limb: Limb | None
    trusted: bool

    @classmethod
    def of(cls, arm: ArmEstimate, least: float) -> 'PerceivedArm':
        """Judge an arm.

        Args:
            arm: finite joints.
            least: confidence of every joint of an arm that is trusted.
        """
        with np.errstate(over='ignore'):  # without end is too long as well
            lengths = np.linalg.norm(np.diff(arm.joints, axis=0), axis=1)
        sound = lengths.min() > _PIECE[0] and lengths.max() < _PIECE[1]
        if not (sound and (arm.confidence > 0.0).any()):
            return NO_PERSON
        return cls(Limb(arm.joints), bool((arm.confidence >= least).all()))

    def phase(self, tool: np.ndarray) -> str:
        """Where a tool (3,) [m] is along the arm; empty for one that is not trusted."""
        if self.limb is None or not self.trusted:
            return ''
        return phase_at(self.limb, advance_along(self.limb, tool))


NO_PERSON = PerceivedArm(None, False)
