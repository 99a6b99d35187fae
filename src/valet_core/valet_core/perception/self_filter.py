"""Which points of a cloud belong to the robot itself, by its kinematics."""

from collections.abc import Mapping

import numpy as np

from valet_core.perception.capsule_marks import mark
from valet_core.perception.robot_shape import RobotShape

__all__ = ['SelfFilter']


class SelfFilter:
    """Finds a robot's own points in a cloud."""

    def __init__(self, shape: RobotShape, padding: float = 0.02) -> None:
        """Take the robot's shape.

        Args:
            shape: capsules of each link.
            padding: distance from a capsule within which a point still counts [m].
        """
        self.shape, self.padding = shape, padding

    def mask(
        self,
        points_base: np.ndarray,
        link_transforms: Mapping[str, np.ndarray],
        among: np.ndarray | None = None,
    ) -> np.ndarray:
        """Mark the robot's points.

        Args:
            points_base: cloud in the base frame [m]. Shape (n, 3).
            link_transforms: T_base_link of each link. Shapes (4, 4).
            among: points that may be the robot's; all by default. Shape (n,), bool.

        Returns:
            True for a point of the robot. Shape (n,), bool.
        """
        points = np.ascontiguousarray(points_base, dtype=np.float32)
        own = np.zeros(len(points), dtype=bool)
        start, end, radius = self.shape.in_base(link_transforms)
        reach = (radius + self.padding).astype(np.float32)
        among = np.ones(len(points), dtype=bool) if among is None else among
        mark(
            points, among, start.astype(np.float32), (end - start).astype(np.float32), reach, own
        )
        return own
