"""How well a network drives a body along known ways: a quick check between stages.

The final figures come from `valet_core.mobility.evaluation.drives`, where the way is found from
scans.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from valet_core.mobility.training.training_drives import TrainingDrives

__all__ = ['check_policy']


def check_policy(
    drives: TrainingDrives, act: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    """Shares of success and collision over the first drive of each robot.

    Args:
        drives: begun anew.
        act: actions (N, 3) of features (N, F).
    """
    seen = drives.reset()
    drives.sim.time[:] = 0.0
    ended, arrived, collided = np.zeros((3, drives.count), dtype=bool)
    while not ended.all():
        result = drives.step(act(seen))
        fresh = result.done & ~ended
        arrived |= fresh & result.arrived
        collided |= fresh & result.collided
        ended |= result.done
        seen = result.observation
    return {
        'drives': drives.count,
        'success': float(arrived.mean()),
        'collision': float(collided.mean()),
    }
