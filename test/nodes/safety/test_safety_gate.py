"""The gate of an arm as a real process: what it alone takes."""

import numpy as np
import pytest
import rclpy
from nodes.safety.gate_bench import EXACT, bring_up
from nodes.safety.worlds import ArmWorld
from valet_msgs.msg import FailureScores, GateState

from valet_core.perception.arm_estimate import ArmEstimate


@pytest.fixture(scope='module')
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture(scope='module')
def shared(ros):
    """One gate for the tests that end with a gate that can be reset."""
    with bring_up(ArmWorld) as (world, _):
        yield world


@pytest.fixture
def moving(shared):
    shared.move()
    return shared


def test_a_command_that_is_too_fast_is_clamped_and_the_state_says_so(moving):
    moving.twist = 100.0 * moving.MOVE
    # 10 m/s become 0.25 m/s; the turn, 20 rad/s, is slowed by the same factor.
    fastest = [0.25, 0.0, 0.0, 0.0, 0.0, 0.5]
    moving.until(lambda: np.allclose(moving.outputs[-1][2], fastest), 'the fastest motion')
    moving.until(lambda: list(moving.state.clamped) == ['speed'], 'the clamped state')
    assert moving.is_state(GateState.CLAMPING)


def test_the_workspace_holds_by_the_tool_position_of_tf(moving):
    moving.position = np.array([0.95, 0.0, 0.0])
    moving.until(lambda: moving.outputs[-1][2][0] == 0.0, 'no motion outwards')
    moving.until(lambda: list(moving.state.clamped) == ['workspace'], 'the clamped state')


def test_a_force_step_stops_at_once(moving):
    moving.feel(0, 0, -60)
    moving.send('wrench')
    moving.expect_stop_at_once('force_magnitude')


def test_reset_is_refused_while_the_force_lasts(moving):
    moving.feel(30, 30, 0)
    moving.until(lambda: moving.is_state(GateState.STOPPED), 'STOPPED')
    answer = moving.send_reset()
    assert not answer.success
    assert 'force_magnitude: force 42.4 N is above 35.0 N' in answer.message
    moving.expect_stop('force_magnitude')
    moving.release()


def test_a_frozen_wrench_stops_with_its_tenth_sample(moving):
    since = moving.now
    moving.feel(1.25, 1.5, 2)
    moving.until(lambda: moving.is_state(GateState.STOPPED), 'STOPPED')
    assert moving.moved_until() < since + 10 * moving.STEP + EXACT
    moving.expect_stop('frozen_wrench')


def test_an_alarm_latches(moving):
    alarm = FailureScores(names=['rnd'], scores=[3.0], thresholds=[2.0], alarm=True)
    alarm.header = moving.header('')
    moving.send('scores', alarm)
    moving.expect_stop_at_once('alarm')
    assert moving.state.reason == 'monitor/scores: rnd 3 > 2'


def test_a_score_that_is_not_a_number_latches_without_an_alarm(moving):
    moving.send('scores', FailureScores(names=['rnd'], scores=[np.nan], thresholds=[2.0]))
    moving.expect_stop_at_once('alarm')
    assert moving.state.reason == 'monitor/scores: score of rnd is nan'


def test_the_phase_is_where_the_tool_is_along_the_perceived_arm(moving):
    joints = np.array([[0.75, 0.0, 0.0], [0.45, 0.0, 0.0], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0]])
    moving.arm, moving.position = ArmEstimate(joints, np.ones(4)), np.array([0.3, 0.0, 0.05])
    moving.until(lambda: moving.state.phase == 'forearm', 'the phase')
    assert moving.state.force_limit == 40.0
    moving.arm = None
    moving.until(lambda: moving.state.phase == '', 'no phase')
    assert moving.state.force_limit == 35.0


def test_a_person_near_a_link_slows_the_tool_and_the_state_says_which(moving):
    # Beside the gripper's palm, which is 0.0633 m wide and 2 m above the tool in this world.
    moving.seen = np.tile([0.0633 + 0.036, 0.0009, 2.0976], (5, 1))
    # A fifth of the way from stop to slow: 0.05 m/s of a tool that may go at 0.25 m/s.
    slow = lambda: abs(moving.outputs[-1][2][0] - 0.05) < 0.002  # noqa: E731
    moving.until(slow, 'a slower tool')
    moving.until(lambda: list(moving.state.clamped) == ['separation'], 'the clamped state')
    assert '(flange is 0.036 m from the seen body, slowed below 0.060 m' in moving.state.reason
    facts = lambda: moving.diagnostics['safety_gate: commands'].values  # noqa: E731
    told = lambda: {v.key: v.value for v in facts()}.get('nearest link') == 'flange'  # noqa: E731
    moving.until(told, 'the nearest link on /diagnostics')
    moving.twist = -moving.MOVE
    moving.until(lambda: np.allclose(moving.outputs[-1][2], -moving.MOVE), 'the way back')


def test_a_gripper_within_the_perceived_arm_stops_at_once(moving):
    palm = moving.position + np.array([0.0, 0.0, 2.0976])
    joints = palm + np.array([[0.0, 0.0, 0.0], [0.3, 0, 0], [0.55, 0, 0], [0.75, 0, 0]])
    moving.arm = ArmEstimate(joints, np.ones(4))
    moving.until(lambda: moving.is_state(GateState.STOPPED), 'STOPPED')
    assert 'm from the upper arm, allowed -0.0' in moving.state.reason
    moving.expect_stop('separation')


def test_without_the_transform_of_one_link_the_robot_rests_and_the_state_names_it(shared):
    shared.move()
    shared.lost = {'wrist_2_link'}
    shared.until(lambda: shared.is_state(GateState.STOPPED), 'STOPPED')
    assert "nothing new of 'wrist_2_link'" in shared.state.reason
    assert shared.moved_until() - shared.now < -0.3
    shared.expect_stop('stale_links')
