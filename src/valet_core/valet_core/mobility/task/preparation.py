"""What is done to an observation of a drive before policy and task see it."""

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.observation import (
    DriveGoal,
    MobilityObservation,
    check_observation,
)
from valet_core.mobility.map.pose_tracker import PoseTracker

__all__ = ['DrivePreparation']


class DrivePreparation:
    """Checks an observation, corrects its odometry by scans and adds goal and route.

    Of one drive: goal and route stay where they are in the odometry frame of its beginning.
    """

    def __init__(self, embodiment: Embodiment, goal: DriveGoal, match_scans: bool) -> None:
        """Begin a drive.

        Args:
            embodiment: the base.
            goal: in the odometry frame as it is now.
            match_scans: whether to correct odometry.
        """
        self._embodiment, self.goal = embodiment, goal
        self._tracker = PoseTracker(embodiment) if match_scans else None
        self._previous: MobilityObservation | None = None

    def replace(self, goal: DriveGoal) -> None:
        """Take another goal, in the odometry frame of the last observation."""
        if self._tracker is not None:
            points = self._tracker.from_odom(goal.points)
            yaw = float(self._tracker.from_odom(np.array([0.0, 0.0, goal.yaw]))[2])
            goal = DriveGoal(points, yaw)
        self.goal = goal

    def __call__(self, observation: MobilityObservation) -> MobilityObservation:
        """The observation in the odometry frame of the beginning, with goal and route.

        Raises:
            InvalidInputError: for an observation that cannot be right.
        """
        seen = observation._replace(goal=self.goal.pose, route=self.goal.points)
        check_observation(seen, self._embodiment, self._previous)
        self._previous = seen
        if self._tracker is None:
            return seen
        return seen._replace(odom=self._tracker.update(seen.scan, seen.odom))
