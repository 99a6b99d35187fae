"""One drive: arrival, heading, recovery, and everything that ends it."""

import math

import numpy as np
import pytest

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.world import World, box_segments
from valet_core.mobility.task.drive_episode import begin_drive, drive_runner
from valet_core.policy.outcome import Outcome

PERIOD = 0.05
NOWHERE = np.array([[1e3, 0.0, math.nan]])


class Straight(Controller):
    """Turns to the goal and drives there, whatever stands in the way."""

    resets = 0

    def begin(self, seed):
        self.limits = self.embodiment.limits
        self.resets += 1

    def step(self, observation):
        dx, dy = observation.goal[:2] - observation.odom[:2]
        turn = math.remainder(math.atan2(dy, dx) - observation.odom[2], 2 * math.pi)
        speed = self.limits.forward if abs(turn) < 0.3 else 0.1 * self.limits.forward
        return np.array([speed, 0.0, np.clip(2 * turn, -1.0, 1.0)])


class Still(Straight):
    def step(self, observation):
        return np.zeros(3)


class Slow(Straight):
    def step(self, observation):
        return np.array([0.3, 0.0, 0.0])


class Drive:
    """A drive in the planar simulator, without noise, run as the node runs it."""

    def __init__(self, points, yaw=math.nan, name='jackal_real', circles=(), controller=Straight,
                 segments=(), **config):  # fmt: skip
        self.body = find_embodiment(name)
        circles = np.array(circles, dtype=float).reshape(-1, 3)
        world = World('w', circles, np.reshape(segments, (-1, 4)), np.zeros((1, 3)), NOWHERE)
        rules = SimConfig(period=PERIOD, timeout=3600.0, noise=False)
        self.sim = PlanarSim(self.body, [world], 1, rules)
        self.seen = self.sim.reset()
        self.controller = controller(self.body, PERIOD)
        config = DriveConfig(**config)
        runner = drive_runner(self.controller, self.body, config)
        goal = DriveGoal(np.array(points, dtype=float), yaw)
        self.episode, self.task, self.preparation = begin_drive(
            runner, self.body, config, goal, 0.0, 0
        )
        self.phases = []

    def observation(self, **changes):
        seen = self.seen
        return MobilityObservation(
            float(seen.time[0]), seen.scan[0], seen.odom[0], seen.velocity[0], np.full(3, math.nan)
        )._replace(**changes)

    def tick(self, **changes):
        """One tick; the status, and the command in `command`."""
        seen = self.observation(**changes)
        step = self.episode.tick(seen.time, seen)
        if not self.phases or self.phases[-1] != step.status.phase:
            self.phases.append(step.status.phase)
        self.command = step.action
        self.seen, _ = self.sim.step(step.action[None])
        return step.status

    def run(self, seconds=60.0):
        for _ in range(round(seconds / PERIOD)):
            status = self.tick()
            if status.outcome is not None:
                return status
        return status


def test_it_arrives_at_rest():
    drive = Drive([[4.0, 1.0]])
    tick = drive.run()
    assert tick.outcome is Outcome.SUCCEEDED, tick.message
    assert math.hypot(*(drive.sim.pose[0, :2] - (4.0, 1.0))) < 0.3
    assert np.abs(drive.sim.velocity).max() < 0.1
    assert drive.phases == ['drive', 'settle']
    assert not drive.command.any()
    assert tick.progress > 0.9


@pytest.mark.parametrize('yaw', [0.0, 1.5, -3.0])
def test_it_turns_to_the_heading_asked_for(yaw):
    drive = Drive([[2.0, 0.0]], yaw)
    tick = drive.run()
    assert tick.outcome is Outcome.SUCCEEDED, tick.message
    assert math.remainder(drive.sim.pose[0, 2] - yaw, 2 * math.pi) == pytest.approx(0, abs=0.17)


def test_a_base_that_cannot_turn_on_the_spot_says_that_the_heading_is_missed():
    tick = Drive([[4.0, 0.0]], 1.5, name='forklift').run()
    assert tick.outcome is Outcome.MOTION_FAILED
    assert 'cannot turn on the spot' in tick.message


def test_it_follows_a_route_round_its_corner():
    drive = Drive([[0, 0], [4, 0], [4, 4]], lookahead=1.0)
    far = 0.0
    for _ in range(400):
        if drive.tick().outcome is not None:
            break
        far = max(far, drive.sim.pose[0, 0])
    assert far > 3.2  # straight to the goal it would have cut the corner
    assert math.hypot(*(drive.sim.pose[0, :2] - 4.0)) < 0.3


def test_a_route_that_comes_home_is_driven_round():
    tick = Drive([[0, 0], [2, 0], [2, 2], [0, 0.1]], lookahead=0.8)
    ends = tick.run()
    assert ends.outcome is Outcome.SUCCEEDED
    assert tick.sim.time[0] > 4.0


def test_near_the_goal_it_slows_down_enough_to_stop():
    drive = Drive([[6.0, 0.0]], goal_tolerance=0.1)
    assert drive.run().outcome is Outcome.SUCCEEDED
    assert drive.sim.pose[0, 0] == pytest.approx(6.0, abs=0.15)


def test_stuck_it_goes_back_begins_anew_and_gives_up_in_the_end():
    drive = Drive([[3.0, 0.0]], controller=Slow, stuck_time=1.0, recoveries=2)
    poses = []
    original = drive.sim.step

    def step(command):  # something that the scanner does not see holds the robot
        ahead = drive.sim.pose[0, 0] > 1.3
        if ahead and command[0, 0] > 0:
            command = command * 0.0
        poses.append(drive.sim.pose[0, 0])
        return original(command)

    drive.sim.step = step
    tick = drive.run()
    assert tick.outcome is Outcome.MOTION_FAILED
    assert 'stuck at (1.' in tick.message and 'after 2 recoveries' in tick.message
    assert drive.phases.count('recover') == 2
    assert drive.controller.resets == 3
    reached = np.array(poses)
    first = int(np.argmax(reached > 1.3))
    assert reached[first:].min() < 0.85  # it went back by 0.6 m


def test_a_drive_that_does_not_begin_fails():
    tick = Drive([[3.0, 0.0]], controller=Still, stuck_time=1.0, recoveries=0).run()
    assert tick.outcome is Outcome.MOTION_FAILED and 'moved 0.00 m' in tick.message


def test_a_drive_that_takes_too_long_fails():
    tick = Drive([[50.0, 0.0]], timeout=2.0).run()
    assert tick.outcome is Outcome.MOTION_FAILED and 'not there within 2 s' in tick.message


def test_a_goal_inside_an_obstacle_is_refused_before_it_moves():
    drive = Drive([[3.0, 0.0]], circles=[[3.0, 0.05, 0.1]])
    tick = drive.tick()
    assert tick.outcome is Outcome.INVALID_GOAL
    assert 'inside an obstacle' in tick.message
    assert not drive.command.any()


def test_a_goal_that_turns_out_to_be_inside_an_obstacle_ends_the_drive():
    hidden = Drive([[12.0, 0.0]], circles=[[12.0, 0.0, 0.1]], blocked_time=0.5)
    tick = hidden.run()
    assert hidden.sim.pose[0, 0] > 1.0  # beyond the scanner's 10 m at first
    assert tick.outcome is Outcome.INVALID_GOAL and 'inside an obstacle' in tick.message


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'scan': np.full(720, np.nan)}, 'scan: received only NaN'),
        ({'scan': np.full(700, 3.0)}, r'scan: received shape \(700,\)'),
        ({'odom': np.array([np.nan, 0, 0])}, 'odom: received'),
        ({'odom': np.array([9.0, 0, 0])}, 'odom: received a jump of'),
        ({'time': -5.0}, 'time: received -5'),
    ],
)
def test_an_input_that_cannot_be_right_is_refused_and_says_why(changes, message):
    drive = Drive([[4.0, 0.0]])
    for _ in range(10):
        drive.tick()
    with pytest.raises(InvalidInputError, match=message):
        drive.tick(**changes)


def test_the_rules_are_checked():
    with pytest.raises(ConfigError, match='goal_tolerance: 0.0 is below the allowed 0.02'):
        DriveConfig(goal_tolerance=0.0)


ROOM = box_segments(2.0, 0.5, 7.0, 4.0)


def run_with_bad_odometry(drive, scale=1.15):
    """Drive to the end with odometry that has gone too far; where it truly is, (2,)."""
    for _ in range(800):
        odom = drive.seen.odom[0] * (scale, scale, 1.0)
        tick = drive.tick(odom=odom)
        if tick.outcome is not None:
            break
    assert tick.outcome is Outcome.SUCCEEDED
    return drive.sim.pose[0, :2]


def test_goal_stays_put_where_odometry_drifts():
    goal = [3.0, 0.0]
    matched = run_with_bad_odometry(Drive([goal], segments=ROOM, goal_tolerance=0.1))
    assert matched == pytest.approx(goal, abs=0.2)
    trusting = Drive([goal], segments=ROOM, goal_tolerance=0.1, match_scans=False)
    assert run_with_bad_odometry(trusting)[0] < 2.75


def test_another_route_is_taken_in_the_odometry_of_the_moment():
    drive = Drive([[3.0, 0.0]], segments=ROOM, goal_tolerance=0.1)
    for _ in range(30):
        drive.tick(odom=drive.seen.odom[0] * (1.15, 1.15, 1.0))
    here = drive.sim.pose[0]
    assert here[0] > 0.5
    # One metre ahead of where odometry has the base is one metre ahead of where it is.
    drive.preparation.replace(DriveGoal(np.array([[1.15 * here[0] + 1.0, 0.0]]), 0.0))
    assert drive.preparation.goal.points[-1, 0] == pytest.approx(here[0] + 1.0, abs=0.1)


def test_no_room_to_turn_to_the_heading_ends_the_drive():
    drive = Drive([[2.0, 0.0]], math.pi / 2)
    for _ in range(200):
        status = drive.tick()
        if status.phase == 'align':
            break
    assert status.phase == 'align'
    beside = np.full_like(drive.seen.scan[0], 10.0)
    angles = drive.body.sensor.angles
    beside[(angles > 0.7) & (angles < 1.0)] = 0.13  # where its front will come by
    for _ in range(round(2.0 / PERIOD)):
        status = drive.tick(scan=beside)
        if status.outcome is not None:
            break
    assert status.outcome is Outcome.MOTION_FAILED
    assert 'no room to turn' in status.message


def test_whoever_overshoots_drives_again():
    drive = Drive([[2.0, 0.0]])
    for _ in range(200):
        if drive.tick().phase == 'settle':
            break
    here = drive.seen.odom[0]
    status = drive.tick(odom=here + (0.0, 0.6, 0.0), velocity=np.zeros(3))
    assert status.phase == 'drive'


def test_what_the_monitor_sees_has_one_size_in_every_phase():
    drive = Drive([[0.1, 0.0]], 1.0)  # at the goal from the start: the controller is not asked
    sizes = set()
    for _ in range(60):
        seen = drive.observation()
        step = drive.episode.tick(seen.time, seen)
        drive.seen, _ = drive.sim.step(step.action[None])
        if step.status.outcome is not None:
            break
        assert step.seen.time == seen.time
        sizes.add((step.chunk.embedding.shape, step.chunk.actions.shape))
    assert step.status.outcome is Outcome.SUCCEEDED
    assert len(sizes) == 1
