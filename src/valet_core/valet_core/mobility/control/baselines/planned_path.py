"""A path to the goal through what the scans of a drive have shown."""

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.motion_costs import Discs
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.map.local_map import LocalMap, MapConfig
from valet_core.mobility.map.wavefront import Pricing, cost_field, trace

__all__ = ['PlannedPath']


class PlannedPath:
    """Maps scans and keeps a path to the goal, as a navigation stack's planner does.

    Attributes:
        map: of the drive.
        path: (P, 2) from near the robot to the goal [m].
        discs: that cover the body.
    """

    def __init__(
        self, embodiment: Embodiment, every: int, map_config: MapConfig | None = None
    ) -> None:
        """Create an empty map.

        Args:
            embodiment: the base.
            every: steps between plans.
            map_config: size of the map.
        """
        self.map = LocalMap(embodiment, map_config)
        self.discs = Discs(embodiment)
        self.path: np.ndarray = np.zeros((0, 2))
        self._pricing = Pricing(half_width=embodiment.half_width)
        self._every, self._count = every, 0

    def update(self, observation: MobilityObservation) -> np.ndarray:
        """Add an observation; returns the path from the robot on, (P, 2) [m], P > 0."""
        odom = np.asarray(observation.odom, dtype=np.float64)
        self.map.update(observation.scan, odom)
        if self._count % self._every == 0 or not len(self.path):
            field = cost_field(self.map, odom, observation.goal, self._pricing)
            path = trace(field, odom)
            if len(path) > 1 or not len(self.path):
                self.path = np.concatenate([path, observation.goal[None, :2]])
        self._count += 1
        nearest = int(np.argmin(((self.path - odom[:2]) ** 2).sum(axis=1)))
        self.path = self.path[nearest:]
        return self.path

    def ahead(self, distance: float) -> np.ndarray:
        """Point of the path so far along it [m], or its end, (2,)."""
        steps = np.linalg.norm(np.diff(self.path, axis=0), axis=1)
        index = int(np.searchsorted(np.cumsum(steps), distance)) + 1
        return self.path[min(index, len(self.path) - 1)]
