"""A drive that was asked for: its task, the frame of its goal, and whom to tell."""

import math

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future
from valet_msgs.action import FollowRoute

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.map.route import Route
from valet_core.policy.outcome import Outcome
from valet_nodes.mobility.drive_task import DriveConfig, DriveTask, DriveTick
from valet_nodes.mobility.goal_frame import FramedRoute
from valet_nodes.mobility.mobile_messages import poses_from_message

__all__ = ['DriveSession', 'drive_result', 'framed_route']


def framed_route(
    poses: list[PoseStamped], frame: str, odom_frame: str, base_frame: str, buffer: object
) -> FramedRoute:
    """The route of a message, in its frame.

    Args:
        poses: of the message; one is a goal.
        frame: of the message.
        odom_frame: frame of the odometry.
        base_frame: frame of the base.
        buffer: of transforms.

    Raises:
        InvalidInputError: for a route or a frame that cannot be right.
    """
    others = {pose.header.frame_id for pose in poses} - {frame, ''}
    if others:
        raise InvalidInputError(
            f'route: received poses in {sorted(others)}; allowed: all in {frame!r}'
        )
    points, yaw = poses_from_message(poses)
    return FramedRoute(points, yaw, frame, odom_frame, base_frame, buffer)


class DriveSession:
    """One drive from its request to its end.

    Attributes:
        tick: the last; None before the first.
        stamp: time of the scan that it came from [s].
        result: completed at the end with a FollowRoute.Result.
        by_action: whether a client of the action waits for the end; else a topic started it.
    """

    def __init__(
        self,
        controller: Controller,
        embodiment: Embodiment,
        config: DriveConfig,
        goal: FramedRoute,
        handle: ServerGoalHandle | None,
        period: float,
        seed: int,
    ) -> None:
        """Begin; the first command comes with the first scan.

        Args:
            controller: reset here.
            embodiment: the base.
            config: rules of the drive.
            goal: the way and the heading at its end.
            handle: of the action's goal, or None.
            period: between ticks [s].
            seed: of the controller.

        Raises:
            StaleInputError: where tf does not know the goal's frame any more.
        """
        points, yaw = goal.in_odom()
        self.end = points[-1]
        self._task = DriveTask(controller, embodiment, config, Route(points), yaw, period, seed)
        self._goal, self._handle = goal, handle
        self.by_action = handle is not None
        self.result = Future()
        self.tick: DriveTick | None = None
        self.stamp = -math.inf

    @property
    def cancel_requested(self) -> bool:
        """Whether the client of the action wants it to end."""
        return self._handle is not None and self._handle.is_cancel_requested

    def advance(self, seen: MobilityObservation) -> DriveTick:
        """One tick; tells the client how it goes.

        Raises:
            StaleInputError: where tf does not know the goal's frame any more.
        """
        if self._goal.moves:
            self._task.replace(*self._goal.in_odom())
        self.tick, self.stamp = self._task.tick(seen), seen.time
        if self._handle is not None and self.tick.outcome is None:
            self._handle.publish_feedback(
                FollowRoute.Feedback(
                    phase=self.tick.phase,
                    distance_remaining=self.tick.distance,
                    speed=float(np.hypot(*seen.velocity[:2])),
                )
            )
        return self.tick

    def finish(self, outcome: Outcome, message: str) -> None:
        """End it and tell the client."""
        if self._handle is None:
            return
        if outcome is Outcome.SUCCEEDED:
            self._handle.succeed()
        elif outcome is Outcome.CANCELED and self._handle.is_cancel_requested:
            self._handle.canceled()
        else:
            self._handle.abort()
        self.result.set_result(drive_result(outcome, message, self.tick))


def drive_result(
    outcome: Outcome, message: str, tick: DriveTick | None = None
) -> FollowRoute.Result:
    """The result of the action."""
    result = FollowRoute.Result(message=message)
    result.outcome.value = int(outcome)
    if tick is not None:
        result.distance_remaining = float(tick.distance)
        result.heading_error = float(tick.heading_error)
    return result
