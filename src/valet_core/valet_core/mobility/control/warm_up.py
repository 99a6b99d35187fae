"""Compiles what a controller compiles, before time matters."""

import numpy as np

from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.map.pose_tracker import PoseTracker

__all__ = ['warm_up']

STEPS = 4
GOAL = np.array([3.0, 0.5, np.nan])


def warm_up(controller: Controller) -> None:
    """Let a controller make a few steps of an invented drive; it has to be reset afterwards.

    Args:
        controller: numba and torch compile and load in their first steps, which takes seconds.
    """
    sensor = controller.embodiment.sensor
    scan = np.full(sensor.rays, sensor.range_max, dtype=np.float32)
    scan[::3] = 0.8 * sensor.range_max
    controller.reset(DriveGoal(GOAL[None, :2]))
    tracker = PoseTracker(controller.embodiment)
    for step in range(STEPS):
        tracker.update(scan, np.zeros(3))
        time = step * controller.spec.period
        controller.act(MobilityObservation(time, scan, np.zeros(3), np.zeros(3), GOAL))
    controller.rehearse()
