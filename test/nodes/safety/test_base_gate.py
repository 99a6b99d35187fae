"""The gate of a base as a real process: what it alone takes."""

import pytest
import rclpy
from nodes.safety.gate_bench import bring_up
from nodes.safety.worlds import BaseWorld
from valet_msgs.msg import FailureScores, GateState


@pytest.fixture(scope='module')
def moving():
    rclpy.init()
    with bring_up(BaseWorld) as (world, _):
        world.move()
        yield world
    rclpy.try_shutdown()


def test_an_obstacle_ahead_slows_the_base_to_rest_and_lets_it_go_on_once_it_is_gone(moving):
    moving.wall = 0.21 + 0.1  # ahead of the front by 0.1 m
    moving.until(lambda: 'obstacle' in moving.state.clamped, 'the clamp')
    assert moving.is_state(GateState.CLAMPING)
    moving.wall = 0.21 + 0.02  # within the margin
    moving.until(lambda: moving.speed() < 0.02, 'rest')
    moving.wall = None
    moving.until(lambda: moving.is_state(GateState.PASSING), 'PASSING')
    moving.until(lambda: moving.speed() > 0.3, 'motion')


def test_an_alarm_of_the_failure_monitor_latches(moving):
    alarm = FailureScores(names=['dwell'], scores=[3.0], thresholds=[2.0], alarm=True)
    alarm.header = moving.header('')
    moving.send('scores', alarm)
    moving.expect_stop_at_once('alarm')
    assert moving.state.reason == 'monitor/scores: dwell 3 > 2'
