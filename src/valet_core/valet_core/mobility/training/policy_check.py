"""How well a network drives a body along known ways: a quick check between stages.

The final figures come from `valet_core.mobility.evaluation.drives`, where the way is found from
scans.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from valet_core.mobility.training.training_drives import MobilityTask

__all__ = ['check_policy']


def check_policy(
    task: MobilityTask, act: Callable[[np.ndarray], np.ndarray], drives: int
) -> dict[str, Any]:
    """Success over the first drive of each robot and on, until `drives` have ended.

    Args:
        task: the drives; validation worlds.
        act: actions (N, 3) of features (N, F).
        drives: how many.
    """
    seen = task.reset()
    task.sim.time[:] = 0.0
    task.drives = task.arrivals = task.collisions = 0
    ended = np.zeros(task.count, dtype=bool)
    arrived = np.zeros(task.count, dtype=bool)
    collided = np.zeros(task.count, dtype=bool)
    while not ended[:drives].all():
        result = task.step(act(seen))
        fresh = result.done & ~ended
        arrived |= fresh & result.arrived
        collided |= fresh & result.collided
        ended |= result.done
        seen = result.features
    count = min(drives, task.count)
    return {
        'drives': count,
        'success': float(arrived[:count].mean()),
        'collision': float(collided[:count].mean()),
    }
