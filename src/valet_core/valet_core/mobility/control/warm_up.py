"""Compiles what a controller compiles, before time matters."""

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import Controller, MobilityObservation
from valet_core.mobility.map.pose_tracker import PoseTracker

__all__ = ['warm_up']

STEPS = 4


def warm_up(controller: Controller, embodiment: Embodiment, period: float) -> None:
    """Let a controller make a few steps of an invented drive; it has to be reset afterwards.

    Args:
        controller: numba and torch compile and load in their first steps, which takes seconds.
        embodiment: the base.
        period: between steps [s].
    """
    scan = np.full(embodiment.sensor.rays, embodiment.sensor.range_max, dtype=np.float32)
    scan[::3] = 0.8 * embodiment.sensor.range_max
    controller.reset(embodiment, period)
    tracker = PoseTracker(embodiment)
    for step in range(STEPS):
        tracker.update(scan, np.zeros(3))
        controller.step(
            MobilityObservation(
                time=step * period, scan=scan, odom=np.zeros(3), velocity=np.zeros(3),
                goal=np.array([3.0, 0.5, np.nan]),
            )
        )  # fmt: skip
    controller.prepare()
