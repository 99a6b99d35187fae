"""The safety gate as a real process, over real topics: what a message does at once."""

import time

import numpy as np
import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from nodes.safety.gate_bench import MOVE, PATIENT, bring_up
from std_msgs.msg import Bool, String
from valet_msgs.msg import FailureScores, GateState

AT_ONCE = 0.05  # [s]: the next wrench, the way there and back; no deadline, no tick


@pytest.fixture(scope='module')
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture(scope='module')
def shared(ros):
    """One gate for the tests that end with a gate that can be reset."""
    with bring_up(PATIENT) as pair:
        yield pair


@pytest.fixture
def moving(shared):
    world, _ = shared
    world.move()
    return world


def test_it_alone_publishes_to_the_robot_in_the_base_frame_at_its_rate(moving):
    assert moving.count_publishers('servo/delta_twist_cmds') == 1
    count, begin = len(moving.outputs), time.monotonic()
    moving.until(lambda: len(moving.outputs) >= count + 50, 'fifty commands')
    assert 0.3 < time.monotonic() - begin < 2.0  # 0.5 s at 100 Hz
    assert moving.outputs[-1][1] == pytest.approx(MOVE)


def test_a_command_that_is_too_fast_is_clamped_and_the_state_says_so(moving):
    moving.twist = 100.0 * MOVE
    moving.until(lambda: 'speed' in moving.state.clamped, 'a clamped command')
    assert moving.is_state(GateState.CLAMPING)
    moving.until(lambda: moving.speed() == pytest.approx(0.5, abs=0.01), 'the fastest motion')
    assert np.linalg.norm(moving.outputs[-1][1][:3]) <= 0.25 + 1e-9


def test_the_workspace_holds_by_the_tool_position_of_tf(moving):
    moving.position = np.array([0.95, 0.0, 0.0])
    moving.until(lambda: moving.outputs[-1][1][0] == 0.0, 'no motion outwards')
    moving.until(lambda: list(moving.state.clamped) == ['workspace'], 'the clamped state')


def test_a_command_that_is_not_finite_stops_at_once(moving):
    def fault():
        moving.pubs['command'].publish(moving.command_message(np.full(6, np.nan)))

    moving.expect_stop_in_time(fault, 'nonfinite_command', AT_ONCE)


def test_a_command_in_another_frame_stops_at_once(moving):
    def fault():
        moving.pubs['command'].publish(moving.command_message(frame='tool0'))

    moving.expect_stop_in_time(fault, 'frame_command', AT_ONCE)


def test_a_force_step_stops_at_once(moving):
    moving.expect_stop_in_time(lambda: moving.feel(0, 0, -60), 'force_magnitude', AT_ONCE)


def test_reset_is_refused_while_the_force_lasts(moving):
    moving.feel(30, 30, 0)
    moving.until(lambda: moving.is_state(GateState.STOPPED), 'STOPPED')
    answer = moving.send_reset()
    assert not answer.success
    assert 'force_magnitude: force 42.4 N is above 35.0 N' in answer.message
    moving.expect_stop('force_magnitude')
    moving.mend()


def test_a_frozen_wrench_stops(moving):
    moving.expect_stop_in_time(lambda: moving.feel(1.25, 1.5, 2), 'frozen_wrench')


def test_a_stop_stops_at_once(moving):
    def fault():
        moving.pubs['stop'].publish(Bool(data=True))

    moving.expect_stop_in_time(fault, 'stop', AT_ONCE)


def test_a_stop_latches_until_reset_and_then_asks_for_a_zero_command(moving):
    moving.pubs['stop'].publish(Bool(data=True))
    moving.expect_stop('stop')
    assert 'safety/stop is true' in moving.send_reset().message
    moving.pubs['stop'].publish(Bool(data=False))
    moving.mend()
    moving.until(lambda: moving.state.rule == 'first_zero', 'the wait for a zero command')
    assert moving.speed() == 0.0


def test_an_alarm_latches(moving):
    def fault():
        alarm = FailureScores(names=['rnd'], scores=[3.0], thresholds=[2.0], alarm=True)
        alarm.header.stamp = moving.stamp()
        moving.pubs['scores'].publish(alarm)

    moving.expect_stop_in_time(fault, 'alarm', AT_ONCE)
    assert moving.state.reason == 'monitor/scores: rnd 3 > 2'


def test_the_phase_is_reported_with_its_limit(moving):
    moving.pubs['phase'].publish(String(data='forearm'))
    moving.until(lambda: moving.state.phase == 'forearm', 'the phase')
    assert moving.state.force_limit == 40.0


def test_deactivation_sends_zero_and_says_inactive(moving):
    moving.transition(Transition.TRANSITION_DEACTIVATE)
    try:
        moving.until(lambda: moving.is_state(GateState.INACTIVE), 'INACTIVE')
        moving.until(lambda: moving.speed() == 0.0, 'a zero command')
    finally:
        moving.transition(Transition.TRANSITION_ACTIVATE)
