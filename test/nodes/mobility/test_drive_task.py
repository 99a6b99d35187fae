"""One drive: arrival, heading, recovery, and everything that ends it."""

import math
import re

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.observation import MobilityObservation
from valet_core.mobility.map.route import Route
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.world import World, box_segments
from valet_core.policy.outcome import Outcome
from valet_nodes.mobility.drive_task import DriveConfig, DriveTask

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
    """A task in the planar simulator, without noise."""

    def __init__(self, points, yaw=math.nan, name='jackal_real', circles=(), controller=Straight,
                 segments=(), **config):  # fmt: skip
        self.body = find_embodiment(name)
        circles = np.array(circles, dtype=float).reshape(-1, 3)
        world = World('w', circles, np.reshape(segments, (-1, 4)), np.zeros((1, 3)), NOWHERE)
        rules = SimConfig(period=PERIOD, timeout=3600.0, noise=False)
        self.sim = PlanarSim(self.body, [world], 1, rules)
        self.seen = self.sim.reset()
        self.controller = controller(self.body, PERIOD)
        self.task = DriveTask(
            self.controller, self.body, DriveConfig(**config),
            Route(np.array(points, dtype=float)), yaw, PERIOD,
        )  # fmt: skip
        self.phases = []

    def observation(self, **changes):
        seen = self.seen
        return MobilityObservation(
            float(seen.time[0]), seen.scan[0], seen.odom[0], seen.velocity[0], np.full(3, math.nan)
        )._replace(**changes)

    def tick(self, **changes):
        tick = self.task.tick(self.observation(**changes))
        if not self.phases or self.phases[-1] != tick.phase:
            self.phases.append(tick.phase)
        self.seen, _ = self.sim.step(tick.command[None])
        return tick

    def run(self, seconds=60.0):
        for _ in range(round(seconds / PERIOD)):
            tick = self.tick()
            if tick.outcome is not None:
                return tick
        return tick


def test_it_arrives_at_rest():
    drive = Drive([[4.0, 1.0]])
    tick = drive.run()
    assert tick.outcome is Outcome.SUCCEEDED, tick.message
    assert math.hypot(*(drive.sim.pose[0, :2] - (4.0, 1.0))) < 0.3
    assert np.abs(drive.sim.velocity).max() < 0.1
    assert drive.phases == ['drive', 'settle']
    assert not tick.command.any()


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
    assert not tick.command.any()


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
def test_an_input_that_cannot_be_right_stops_and_says_why(changes, message):
    drive = Drive([[4.0, 0.0]])
    for _ in range(10):
        drive.tick()
    tick = drive.tick(**changes)
    assert tick.outcome is Outcome.PERCEPTION_FAILED
    assert not tick.command.any()
    assert re.search(message, tick.message)


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
    drive.task.replace(np.array([[1.15 * here[0] + 1.0, 0.0]]), 0.0)
    assert drive.task.route.goal[0] == pytest.approx(here[0] + 1.0, abs=0.1)
