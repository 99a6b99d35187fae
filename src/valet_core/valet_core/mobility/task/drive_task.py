"""Where a drive stands and how it ended, from observations alone."""

import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import scan_points
from valet_core.mobility.control.following.arrival import Arrival
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.following.stall_watch import Stall, StallWatch
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.policy.outcome import Outcome
from valet_core.policy.task import Task, TaskStatus

__all__ = ['DriveTask']

STANDING_ROOM = 0.9  # of half the base's width, free around a goal that can be stood on


class DriveTask(Task[MobilityObservation]):
    """Judges one drive, whichever policy drives; its observations are prepared.

    Phases: drive; settle, at the goal; align, to its heading; recover, after a stall.
    """

    def __init__(self, embodiment: Embodiment, config: DriveConfig, goal: DriveGoal) -> None:
        """Begin a drive.

        Args:
            embodiment: the base.
            config: tolerances and patience.
            goal: that the drive begins with.
        """
        self._embodiment, self._config = embodiment, config
        self._arrival = Arrival(embodiment, config, goal)
        self._watch = StallWatch(config)
        self._begun: float | None = None
        self._length = 0.0  # m of way left at the beginning
        self._blocked_since: float | None = None

    @property
    def distance(self) -> float:
        """Way to the goal [m]."""
        return self._arrival.away

    @property
    def heading_error(self) -> float:
        """To the heading asked for [rad], not negative; 0 where any will do."""
        return abs(self._arrival.turn)

    def status(self, observation: MobilityObservation) -> TaskStatus:
        """Where the drive stands; see Task."""
        self._arrival.update(observation)
        here = observation.odom[:2]
        left = self._arrival.route.remaining(here)
        first = self._begun is None
        if self._begun is None:
            self._begun, self._length = observation.time, max(left, 1e-6)
        stall = None
        if self._arrival.stage == 'drive':
            stall = self._watch.update(observation.time, here, left)
        done = float(np.clip(1.0 - left / self._length, 0.0, 1.0))
        status = TaskStatus(self._phase(), done)
        ended = (
            self._end_at_blocked_goal(observation, first)
            or self._end_late(observation.time)
            or self._end_stuck(stall)
            or self._end_at_goal(observation)
        )
        return status if ended is None else status._replace(outcome=ended[0], message=ended[1])

    def verdict(self, observation: MobilityObservation) -> TaskStatus:
        """What is wrong with a base that goes no further; see Task."""
        status = self.status(observation)
        if status.outcome is not None:
            return status
        if status.phase == 'align':
            why = f'no room to turn; {self.heading_error:.2f} rad off the heading'
        else:
            x, y = observation.odom[:2]
            why = (
                f'stuck at ({x:.2f}, {y:.2f}), {self.distance:.2f} m from the goal, after '
                f'{max(self._watch.count - 1, 0)} recoveries'
            )
        return status._replace(outcome=Outcome.MOTION_FAILED, message=why)

    def _phase(self) -> str:
        stage, watch = self._arrival.stage, self._watch
        if stage == 'drive' and watch.recovering and watch.count <= self._config.recoveries:
            return 'recover'
        return stage

    def _end_late(self, time: float) -> tuple[Outcome, str] | None:
        assert self._begun is not None
        if time - self._begun <= self._config.timeout:
            return None
        return Outcome.MOTION_FAILED, f'not there within {self._config.timeout:g} s'

    def _end_stuck(self, stall: Stall | None) -> tuple[Outcome, str] | None:
        if stall is None or stall.number <= self._config.recoveries:
            return None
        x, y = stall.place
        return Outcome.MOTION_FAILED, (
            f'stuck at ({x:.2f}, {y:.2f}): {stall.reason}, after {stall.number - 1} recoveries'
        )

    def _end_at_goal(self, observation: MobilityObservation) -> tuple[Outcome, str] | None:
        arrival = self._arrival
        if not arrival.done:
            return None
        if not arrival.aligned:
            return Outcome.MOTION_FAILED, (
                f'at the goal, {self.heading_error:.2f} rad off its heading, and this base '
                'cannot turn on the spot; a route that ends in that direction helps'
            )
        heading = '' if math.isnan(observation.goal[2]) else ', with its heading'
        return Outcome.SUCCEEDED, f'at rest {arrival.away:.2f} m from the goal{heading}'

    def _end_at_blocked_goal(
        self, observation: MobilityObservation, first: bool
    ) -> tuple[Outcome, str] | None:
        """The goal cannot be stood on; at once before the drive, later with patience."""
        near = self._distances_from_goal(observation)
        room = STANDING_ROOM * self._embodiment.half_width
        if (near < room).sum() < 2:
            self._blocked_since = None
            return None
        if self._blocked_since is None:
            self._blocked_since = observation.time
        since = observation.time - self._blocked_since
        if not first and since < self._config.blocked_time:
            return None
        return Outcome.INVALID_GOAL, (
            f'the goal is inside an obstacle: it is seen {near.min():.2f} m from the goal, and '
            f'the base needs {room:.2f} m'
        )

    def _distances_from_goal(self, observation: MobilityObservation) -> np.ndarray:
        """How far from the goal the returns of the scan lie, (N,) [m]."""
        x, y, yaw = observation.odom
        dx, dy = self._arrival.route.goal - (x, y)
        c, s = math.cos(yaw), math.sin(yaw)
        points = scan_points(self._embodiment, observation.scan)
        return np.linalg.norm(points - (c * dx + s * dy, c * dy - s * dx), axis=1)
