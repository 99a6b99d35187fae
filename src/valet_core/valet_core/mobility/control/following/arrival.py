"""Where a base stands to the end of its route: on the way, settling, or turning to its heading."""

import math
from typing import Literal

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.map.route import Route

__all__ = ['Arrival']

ALIGNED = 0.7  # share of the tolerance at which a turn to the heading ends


class Arrival:
    """Of one drive; follows from observations alone.

    Attributes:
        route: that is followed.
        stage: 'drive', 'settle' or 'align'.
        done: whether the base rests at the goal and can do no more for its heading.
        away: way to the goal [m].
        turn: left to the heading at the goal [rad], zero where any will do.
    """

    def __init__(self, embodiment: Embodiment, config: DriveConfig, goal: DriveGoal) -> None:
        """Begin a drive.

        Args:
            embodiment: the base.
            config: tolerances.
            goal: that the drive begins with; observations with a route say where it is later.
        """
        self._config = config
        self._turns_on_spot = embodiment.turning_radius == 0.0
        self.route, self._points = Route(goal.points), goal.points
        self.stage: Literal['drive', 'settle', 'align'] = 'drive'
        self.done = False
        self.away, self.turn = self.route.length, 0.0

    @property
    def aligned(self) -> bool:
        """Whether the heading is met."""
        return abs(self.turn) <= self._config.yaw_tolerance

    def update(self, observation: MobilityObservation) -> None:
        """Take an observation; its goal and route are where the end of the drive is now."""
        self._look(observation)
        config = self._config
        if self.stage == 'align':
            if abs(self.turn) <= ALIGNED * config.yaw_tolerance:
                self.stage = 'settle'
            return
        if self.stage == 'drive' and self.away <= config.goal_tolerance:
            self.stage = 'settle'
        self.done = False
        if self.stage == 'settle' and np.abs(observation.velocity).max() <= config.rest_speed:
            self._rests()

    def _look(self, observation: MobilityObservation) -> None:
        if observation.route is not None and observation.route is not self._points:
            self._points = observation.route
            self.route.replace(self._points)
        here = observation.odom[:2]
        self.route.update(here)
        straight, left = math.hypot(*(here - self.route.goal)), self.route.remaining(here)
        # A route that comes by its own end is not over there.
        self.away = straight if left < straight + self._config.lookahead else left
        yaw = float(observation.goal[2])
        self.turn = 0.0 if math.isnan(yaw) else math.remainder(
            yaw - observation.odom[2], 2.0 * math.pi
        )  # fmt: skip

    def _rests(self) -> None:
        """Whoever overshoots drives again."""
        if self.away > 1.5 * self._config.goal_tolerance:
            self.stage = 'drive'
        elif self.aligned or not self._turns_on_spot:
            self.done = True
        else:
            self.stage = 'align'
