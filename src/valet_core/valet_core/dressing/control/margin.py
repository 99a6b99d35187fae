"""How much farther from the arm the tool goes for what perception may be off."""

from dataclasses import replace

import numpy as np

from valet_core.dressing.control.path_config import PathConfig
from valet_core.perception.arm_estimate import error_of

__all__ = ['margin_for', 'widened']

STEP = 0.005  # of a margin, so that one that hardly changes does not change the path [m]


def margin_for(confidence: np.ndarray, per_error: float, most: float) -> float:
    """Added to the distance of the tool from a perceived arm [m].

    Args:
        confidence: of each joint, 0 to 1; the one that is expected to be off farthest counts.
        per_error: margin for each metre of that.
        most: margin at most [m].
    """
    margin = per_error * float(error_of(confidence).max())
    return float(min(STEP * np.ceil(margin / STEP - 1e-6), most))


def widened(path: PathConfig, margin: float) -> PathConfig:
    """A path that passes hand and arm farther off by a margin [m]."""
    if margin == 0.0:
        return path
    return replace(path, entry=path.entry + margin, clearance=path.clearance + margin)
