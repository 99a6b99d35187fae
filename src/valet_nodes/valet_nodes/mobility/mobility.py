"""The mobility node: the action `follow_route`, the topics `route` and `goal_pose`, commands."""

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped
from nav_msgs.msg import Odometry, Path
from sensor_msgs.msg import LaserScan
from valet_msgs.action import FollowRoute

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.control.registry import make_controller
from valet_core.mobility.control.warm_up import warm_up
from valet_core.mobility.task.drive_episode import begin_drive, drive_runner
from valet_core.policy.episode import Episode, EpisodeStep
from valet_core.policy.outcome import Outcome
from valet_nodes.lockstep.streams import BASE_STREAMS
from valet_nodes.mobility.drive_request import framed_route
from valet_nodes.mobility.mobility_config import MobilityConfig
from valet_nodes.mobility.mobility_inputs import MobilityInputs
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.runs import Run
from valet_nodes.ros.spin import run
from valet_nodes.ros.task_node import TaskNode

__all__ = ['Mobility', 'main']

EARLY = 0.75  # periods after the last scan that was used, from which the next one is due
REST = np.zeros(3)


class Mobility(TaskNode):
    """Drives at each scan while a goal runs, and sends zero while none does.

    Between scans it repeats the last command with the stamp of its scan: how old that may grow
    is the gate's matter.
    """

    action_name = 'follow_route'
    rest = REST

    def __init__(self, **options: object) -> None:
        """Create the node; parameters and interfaces come with `configure`."""
        super().__init__('mobility', **options)

    def prepare(self) -> None:
        """Declare the parameters, load the embodiment and make its controller.

        Raises:
            ConfigError: for a parameter or an embodiment file that is not right.
            InvalidInputError: for a controller that there is not.
        """
        self._config = declare_config(self, MobilityConfig)
        self._period = 1.0 / self._config.rate
        self.frame = self._config.base_frame
        self._embodiment = find_embodiment(self._config.embodiment)
        self._controller = make_controller(
            self._config.controller, self._embodiment, self._period
        )

    def configure(self) -> None:
        """Create topics, the action, the timer and the controller's thread; compile it."""
        config = self._config
        warm_up(self._controller)
        streams = BASE_STREAMS.copy()
        streams.pop('mobility/cmd_vel')
        self.keep_step(streams, self._on_timer, by='scan', stand=self.stand)
        worker = self.make_worker(self._period)
        self._runner = drive_runner(
            self._controller, self._embodiment, config, worker, config.input_timeout
        )
        self._inputs = MobilityInputs(
            self._embodiment, config.input_timeout, config.odom_frame, config.base_frame
        )
        self._sent = -np.inf
        self._buffer = self.transforms().buffer
        self.open_action(FollowRoute, 'mobility/cmd_vel', 'base_gate/state')
        self.listen(Odometry, 'odom', self._inputs.on_odom, SENSOR)
        self.listen(LaserScan, 'scan', self._on_scan, SENSOR)
        self.listen(Path, 'route', lambda m: self._on_topic('route', m), RELIABLE)
        self.listen(PoseStamped, 'goal_pose', lambda m: self._on_topic('goal_pose', m), RELIABLE)
        if not self.keeps_step:
            self.every(self._period, self._on_timer)

    def begin(
        self, request: FollowRoute.Goal | Path | PoseStamped
    ) -> Episode[MobilityObservation, DriveGoal]:
        """Check the goal and begin to drive."""
        config = self._config
        self._route = framed_route(request, config.odom_frame, config.base_frame, self._buffer)
        goal = DriveGoal(*self._route.in_odom())
        self._drive = begin_drive(
            self._runner, self._embodiment, config, goal, self.now, config.seed
        )
        self._command, self._stamp, self._seen = REST, self.now, -np.inf
        x, y = goal.points[-1]
        self.get_logger().info(f'drives to ({x:.2f}, {y:.2f}) in {config.odom_frame}')
        return self._drive.episode

    def feedback(
        self, step: EpisodeStep, observation: MobilityObservation
    ) -> FollowRoute.Feedback:
        """Phase, way left and speed."""
        return FollowRoute.Feedback(
            phase=step.status.phase,
            distance_remaining=self._drive.task.distance,
            speed=float(np.hypot(*observation.velocity[:2])),
        )

    def result_of(self, outcome: Outcome, message: str, run: Run | None) -> FollowRoute.Result:
        """Outcome with the way and the turn that were left."""
        result = FollowRoute.Result(message=message)
        result.outcome.value = int(outcome)
        if run is not None:
            result.distance_remaining = self._drive.task.distance
            result.heading_error = self._drive.task.heading_error
        return result

    def fill(self, message: TwistStamped, action: np.ndarray) -> None:
        """A twist of the base."""
        twist = message.twist
        twist.linear.x, twist.linear.y, twist.angular.z = (float(v) for v in action)

    def send(self, action: np.ndarray, stamp: float) -> None:
        """Publish a command; see TaskNode."""
        self._sent = self.now
        super().send(action, stamp)

    def ended(self, run: Run) -> None:
        """Rest at once."""
        self.send(REST, self.now)

    def _on_topic(self, topic: str, message: Path | PoseStamped) -> None:
        """A goal by topic takes the place of one by topic; one that is not right ends it."""
        if not self.active:
            self.get_logger().error(f'{topic}: ignored, the node is not active')
            return
        if self.current is not None and self.current.handle is not None:
            self.get_logger().error(f'{topic}: refused, a goal of follow_route is running')
            return
        if self.current is not None:
            self.end(Outcome.CANCELED, f'a new message on {topic}')
        try:
            self.start(message, None)
        except (InvalidInputError, StaleInputError) as error:
            self.get_logger().error(f'{topic}: INVALID_GOAL: {error}')

    def _on_scan(self, message: LaserScan) -> None:
        self._inputs.on_scan(message)
        if not self.active or self.current is None:
            return
        if self._inputs.scan_stamp - self._seen >= EARLY * self._period:
            self._drive_on()

    def _on_timer(self) -> None:
        """Zero while nothing runs; while a drive runs, a look at what it depends on."""
        if not self.active:
            return
        if self.current is None:
            self.send(REST, self.now)
        elif self.current.cancel_requested:
            self.end(Outcome.CANCELED, 'canceled by the client')
        elif self._observe() is not None and self.now - self._sent >= 0.9 * self._period:
            self.send(self._command, self._stamp)

    def _observe(self) -> MobilityObservation | None:
        """The observation, or None where the drive had to end for want of one."""
        try:
            return self._inputs.observation(self.now)
        except StaleInputError as error:
            self.end(Outcome.STALE_INPUT, str(error))
        except InvalidInputError as error:
            self.end(Outcome.PERCEPTION_FAILED, str(error))
        return None

    def _drive_on(self) -> None:
        """One tick of the drive."""
        observation = self._observe()
        if observation is None:
            return
        try:
            if self._route.moves:
                self._drive.preparation.replace(DriveGoal(*self._route.in_odom()))
        except StaleInputError as error:
            self.end(Outcome.STALE_INPUT, str(error))
            return
        self._seen = observation.time
        step = self.advance(observation.time, observation)
        if step is None:
            return
        # A command is as old as the scan that it was chosen for.
        self._command = step.action
        self._stamp = step.seen.time if step.chunk is not None else self._stamp
        self.send(self._command, self._stamp)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(Mobility)
