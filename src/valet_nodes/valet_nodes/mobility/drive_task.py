"""One drive as a state machine: what the mobility node does at each scan, without ROS."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import blocked, scan_points
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.observation import (
    DriveGoal,
    MobilityObservation,
    check_observation,
)
from valet_core.mobility.map.pose_tracker import PoseTracker
from valet_core.mobility.map.route import Route
from valet_core.mobility.task.drive_progress import Progress
from valet_core.mobility.task.retreat import Retreat, Trail
from valet_core.policy.outcome import Outcome

__all__ = ['DriveConfig', 'DriveTask', 'DriveTick']

CREEP = 0.1  # m/s that is always allowed near the goal
TURN_GAIN = 1.5  # 1/s, of the turn to the goal's heading


@dataclass(frozen=True)
class DriveConfig:
    """When a drive is over, and how long it is patient."""

    goal_tolerance: float = setting(0.3, 'arrived within', 'm', 0.02, 5.0)
    yaw_tolerance: float = setting(0.15, 'heading of the goal met within', 'rad', 0.01, 3.2)
    rest_speed: float = setting(0.1, 'speed that counts as rest', 'm/s and rad/s', 0.01, 1.0)
    lookahead: float = setting(3.0, 'the controller aims this far along a route', 'm', 0.5, 50.0)
    stuck_time: float = setting(15.0, 'stuck when it has not moved for', 's', 0.5, 120.0)
    stuck_distance: float = setting(0.15, 'less than this counts as not moved', 'm', 0.01, 2.0)
    progress_time: float = setting(
        30.0, 'stuck when it has come no closer for', 's', 2.0, 600.0
    )
    retreat_distance: float = setting(0.6, 'way back when stuck', 'm', 0.1, 3.0)
    recoveries: int = setting(3, 'attempts to get unstuck', '', 0, 20)
    blocked_time: float = setting(
        2.0, 'goal taken for blocked when an obstacle stood on it for', 's', 0.0, 60.0
    )
    timeout: float = setting(600.0, 'longest drive', 's', 1.0, 36000.0)
    match_scans: bool = setting(True, 'correct odometry by matching scans')

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class DriveTick(NamedTuple):
    """What one tick of a drive comes to.

    Attributes:
        command: vx, vy [m/s], yaw rate [rad/s], shape (3,).
        phase: drive, settle, align or recover.
        distance: way that remains [m].
        heading_error: to the goal's heading [rad]; 0 where any will do.
        outcome: set once the drive has ended.
        message: why it ended.
    """

    command: np.ndarray
    phase: str
    distance: float
    heading_error: float
    outcome: Outcome | None = None
    message: str = ''


class DriveTask:
    """Drives along a route, rests at its end and turns to the heading asked for."""

    def __init__(
        self,
        controller: Controller,
        embodiment: Embodiment,
        config: DriveConfig,
        route: Route,
        yaw: float,
        period: float,
        seed: int = 0,
    ) -> None:
        """Begin.

        Args:
            controller: reset here.
            embodiment: the base.
            config: tolerances and patience.
            route: in the odometry frame, where that is as the drive begins.
            yaw: heading at the goal in it [rad]; NaN: any.
            period: between ticks [s].
            seed: of the controller.
        """
        self.route, self.yaw = route, yaw
        self._controller, self._embodiment, self._config = controller, embodiment, config
        self._period, self._seed = period, seed
        self._phase = 'drive'
        self._trail = Trail()
        self._progress = Progress(config.stuck_time, config.stuck_distance, config.progress_time)
        self._retreat: Retreat | None = None
        self._recoveries = 0
        self._tracker = PoseTracker(embodiment)
        self._previous: MobilityObservation | None = None
        self._begun: float | None = None
        self._blocked_since: float | None = None
        controller.reset(DriveGoal(route.points), seed)

    def replace(self, points: np.ndarray, yaw: float) -> None:
        """Take another route (P, 2) and heading, in the odometry frame of the last tick."""
        if self._config.match_scans:
            points = self._tracker.from_odom(points)
            yaw = float(self._tracker.from_odom(np.array([0.0, 0.0, yaw]))[2])
        self.route.replace(points)
        self.yaw = yaw

    def tick(self, seen: MobilityObservation) -> DriveTick:
        """The next command.

        Args:
            seen: scan, odometry and velocity; its goal and route are not used.
        """
        goal = np.array([*self.route.goal, math.nan])
        seen = seen._replace(goal=goal, route=None)
        try:
            check_observation(seen, self._embodiment, self._previous)
        except InvalidInputError as error:
            return self._end(Outcome.PERCEPTION_FAILED, str(error), seen)
        first, self._previous = self._previous is None, seen
        if self._config.match_scans:
            seen = seen._replace(odom=self._tracker.update(seen.scan, seen.odom))
        if self._begun is None:
            self._begun = seen.time
        self.route.update(seen.odom[:2])
        if self._phase != 'recover':
            self._trail.add(seen.odom[:2])
        points = scan_points(self._embodiment, seen.scan)
        refusal = self._blocked(seen, points, first)
        if refusal:
            return self._end(Outcome.INVALID_GOAL, refusal, seen)
        if seen.time - self._begun > self._config.timeout:
            return self._end(
                Outcome.MOTION_FAILED, f'not there within {self._config.timeout:g} s', seen
            )
        phase = {'drive': self._drive, 'settle': self._settle, 'align': self._align,
                 'recover': self._recover}[self._phase]  # fmt: skip
        return phase(seen, points)

    def _drive(self, seen: MobilityObservation, points: np.ndarray) -> DriveTick:
        if self._away(seen) <= self._config.goal_tolerance:
            self._phase = 'settle'
            return self._settle(seen, points)
        here = seen.odom[:2]
        stuck = self._progress.problem(seen.time, here, self.route.remaining(here))
        if stuck:
            return self._unstick(seen, points, stuck)
        aim = self.route.ahead(self._config.lookahead)
        try:
            command = self._controller.act(seen._replace(goal=np.array([*aim, math.nan])))
        except InvalidInputError as error:
            return self._end(Outcome.PERCEPTION_FAILED, str(error), seen)
        return self._go(self._slowed(command.actions[0], seen), seen)

    def _settle(self, seen: MobilityObservation, points: np.ndarray) -> DriveTick:
        """Come to rest; whoever overshoots drives again."""
        if np.abs(seen.velocity).max() > self._config.rest_speed:
            return self._go(np.zeros(3), seen)
        if self._away(seen) > 1.5 * self._config.goal_tolerance:
            self._phase = 'drive'
            return self._drive(seen, points)
        if abs(self._turn_left(seen)) <= self._config.yaw_tolerance:
            heading = '' if math.isnan(self.yaw) else ', with its heading'
            return self._end(
                Outcome.SUCCEEDED, f'at rest {self._away(seen):.2f} m from the goal{heading}', seen
            )
        if self._embodiment.turning_radius > 0.0:
            return self._end(
                Outcome.MOTION_FAILED,
                f'at the goal, {abs(self._turn_left(seen)):.2f} rad off its heading, and this '
                'base cannot turn on the spot; a route that ends in that direction helps',
                seen,
            )
        self._phase = 'align'
        return self._align(seen, points)

    def _align(self, seen: MobilityObservation, points: np.ndarray) -> DriveTick:
        """Turn on the spot."""
        left = self._turn_left(seen)
        if abs(left) <= 0.7 * self._config.yaw_tolerance:
            self._phase = 'settle'
            return self._go(np.zeros(3), seen)
        limits = self._embodiment.limits
        braking = math.sqrt(2.0 * 0.5 * limits.yaw_acceleration * abs(left))
        rate = min(TURN_GAIN * abs(left) + 0.1, braking, 0.7 * limits.yaw_rate)
        command = np.array([0.0, 0.0, math.copysign(rate, left)])
        if blocked(self._embodiment, points, command, 0.4, 0.0):
            why = f'no room to turn; {abs(left):.2f} rad off the heading'
            return self._end(Outcome.MOTION_FAILED, why, seen)
        return self._go(command, seen)

    def _unstick(self, seen: MobilityObservation, points: np.ndarray, why: str) -> DriveTick:
        if self._recoveries >= self._config.recoveries:
            x, y = seen.odom[:2]
            return self._end(
                Outcome.MOTION_FAILED,
                f'stuck at ({x:.2f}, {y:.2f}): {why}, after {self._recoveries} recoveries', seen,
            )  # fmt: skip
        self._recoveries += 1
        self._phase = 'recover'
        self._retreat = Retreat(
            self._embodiment, self._trail, seen.odom, self._config.retreat_distance, seen.time
        )
        return self._recover(seen, points)

    def _recover(self, seen: MobilityObservation, points: np.ndarray) -> DriveTick:
        assert self._retreat is not None
        command = self._retreat.step(seen.odom, points, seen.time)
        if command is not None:
            return self._go(command, seen)
        # What the map held may be what it was stuck on.
        self._controller.reset(DriveGoal(self.route.points), self._seed + self._recoveries)
        self._progress.restart(seen.time)
        self._phase = 'drive'
        return self._go(np.zeros(3), seen)

    def _blocked(self, seen: MobilityObservation, points: np.ndarray, first: bool) -> str:
        """Why the goal cannot be stood on; at once before the drive, later with patience."""
        c, s = math.cos(seen.odom[2]), math.sin(seen.odom[2])
        offset = self.route.goal - seen.odom[:2]
        goal = np.array([c * offset[0] + s * offset[1], c * offset[1] - s * offset[0]])
        room = 0.9 * self._embodiment.half_width
        near = np.linalg.norm(points - goal, axis=1)
        if (near < room).sum() < 2:
            self._blocked_since = None
            return ''
        if self._blocked_since is None:
            self._blocked_since = seen.time
        if not first and seen.time - self._blocked_since < self._config.blocked_time:
            return ''
        return (
            f'the goal is inside an obstacle: it is seen {near.min():.2f} m from the goal, and '
            f'the base needs {room:.2f} m'
        )

    def _slowed(self, command: np.ndarray, seen: MobilityObservation) -> np.ndarray:
        """The command as slow as it takes to rest at the goal; the curve stays."""
        room = max(self._away(seen) - 0.5 * self._config.goal_tolerance, 0.0)
        most = CREEP + math.sqrt(self._embodiment.limits.acceleration * room)
        speed = math.hypot(*command[:2])
        return command * min(1.0, most / speed) if speed > 0.0 else command

    def _away(self, seen: MobilityObservation) -> float:
        """Straight to the goal [m]; the way along the route while more than that is left."""
        straight = math.hypot(*(seen.odom[:2] - self.route.goal))
        left = self.route.remaining(seen.odom[:2])
        return straight if left < straight + self._config.lookahead else left

    def _turn_left(self, seen: MobilityObservation) -> float:
        if math.isnan(self.yaw):
            return 0.0
        return math.remainder(self.yaw - seen.odom[2], 2.0 * math.pi)

    def _go(self, command: np.ndarray, seen: MobilityObservation) -> DriveTick:
        return DriveTick(
            command, self._phase, self._away(seen), abs(self._turn_left(seen))
        )

    def _end(self, outcome: Outcome, message: str, seen: MobilityObservation) -> DriveTick:
        distance = heading = math.nan
        if np.isfinite(seen.odom).all():
            distance, heading = self._away(seen), abs(self._turn_left(seen))
        return DriveTick(np.zeros(3), self._phase, distance, heading, outcome, message)
