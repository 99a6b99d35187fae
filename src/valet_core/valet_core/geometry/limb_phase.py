"""Where a tool is along a limb, and the phase of a dressing that this makes."""

import numpy as np

from valet_core.geometry.limb import Limb

__all__ = ['PHASES', 'advance_along', 'phase_at']

PHASES = ('approach', 'hand', 'forearm', 'elbow', 'upper_arm')

_BEFORE_ELBOW, _PAST_ELBOW = 0.05, 0.08  # along the arm, what counts as at the elbow [m]


def advance_along(limb: Limb, tool: np.ndarray) -> float:
    """Place of the tool along the arm from the fingertip [m]; negative before the fingertip.

    Args:
        limb: the arm.
        tool: position in the frame of the limb [m]. Shape (3,).
    """
    before = float((limb.joints[3] - tool) @ limb.direction_at(0.0))
    arc = float(limb.project(tool[None]).arc[0])
    return arc if arc > 0.0 else min(0.0, -before)


def phase_at(limb: Limb, advance: float) -> str:
    """The phase, one of `PHASES`, at a place along the arm [m]."""
    ends = (0.0, limb.wrist_arc, limb.elbow_arc - _BEFORE_ELBOW, limb.elbow_arc + _PAST_ELBOW)
    return PHASES[int(np.searchsorted(ends, advance))]
