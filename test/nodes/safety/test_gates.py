"""Either gate as a real process, over real topics: what both of them do."""

import numpy as np
import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nodes.safety.gate_bench import EXACT, bring_up
from nodes.safety.worlds import WORLDS
from valet_msgs.msg import GateState


@pytest.fixture(scope='module')
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture(scope='module', params=WORLDS)
def shared(ros, request):
    """One gate for all tests, each of which ends with a gate that can be reset."""
    with bring_up(WORLDS[request.param]) as (world, _):
        yield world


@pytest.fixture
def moving(shared):
    shared.move()
    return shared


def test_it_alone_publishes_to_the_robot_and_at_its_rate(moving):
    assert moving.count_publishers(moving.OUTPUT) == 1
    count = len(moving.outputs)
    moving.until(lambda: len(moving.outputs) >= count + 60, 'sixty commands')
    assert moving.outputs[-1][2] == pytest.approx(moving.MOVE)
    # The one thing that only real time can show; the median bears that a process is held back.
    gaps = np.diff([arrived for _, arrived, _ in moving.outputs[count:]])
    assert 0.5 * moving.STEP < np.median(gaps) < 2.0 * moving.STEP


def test_an_input_that_falls_silent_has_the_robot_rest_in_time_and_then_stops(shared):
    for name in shared.SENDERS:
        shared.move()
        limits, shared.muted = getattr(shared.LIMITS, name), {name}
        shared.until(lambda: shared.is_state(GateState.STOPPED), 'STOPPED')
        rests = max(limits.still_at, limits.slow_from + shared.braking()) + shared.STEP
        assert shared.moved_until() - shared.sent[name] < rests + EXACT, name
        shared.expect_stop(f'stale_{name}')


def test_a_command_that_is_not_finite_stops_at_once(moving):
    moving.send('command', moving.command_message(np.full(6, np.nan)))
    moving.expect_stop_at_once('nonfinite_command')


def test_a_command_in_another_frame_stops_at_once(moving):
    moving.send('command', moving.command_message(frame='tool0'))
    moving.expect_stop_at_once('frame_command')


def test_a_stop_latches_until_reset_and_then_asks_for_a_zero_command(moving):
    moving.press()
    moving.expect_stop_at_once('stop')
    moving.press()
    refused = moving.send_reset()
    assert not refused.success
    assert 'safety/stop is true' in refused.message
    moving.press(False)
    moving.release()
    moving.until(lambda: moving.state.rule == 'first_zero', 'the wait for a zero command')
    assert moving.speed() == 0.0


def test_deactivation_sends_zero_and_says_inactive(moving):
    moving.transition(Transition.TRANSITION_DEACTIVATE)
    try:
        moving.until(lambda: moving.is_state(GateState.INACTIVE), 'INACTIVE')
        moving.until(lambda: moving.speed() == 0.0, 'a zero command')
    finally:
        moving.transition(Transition.TRANSITION_ACTIVATE)


def test_a_transition_that_is_not_possible_is_refused_and_nothing_ends(moving):
    wrong = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
    assert not moving.call(moving.change, wrong).success
    count = len(moving.outputs)
    moving.until(lambda: len(moving.outputs) > count + 10, 'more commands')
    assert moving.is_state(GateState.PASSING)


def test_configured_again_it_waits_and_names_what_is_missing(moving):
    moving.transition(Transition.TRANSITION_DEACTIVATE)
    moving.transition(Transition.TRANSITION_CLEANUP)
    moving.until(lambda: not moving.count_publishers(moving.OUTPUT), 'a silent gate')
    name = 'scan' if 'scan' in moving.SENDERS else 'wrench'
    moving.muted, moving.twist = {name}, np.zeros(6)
    moving.transition(Transition.TRANSITION_CONFIGURE)
    moving.transition(Transition.TRANSITION_ACTIVATE)
    alone = f'{name} has not been received'
    moving.until(lambda: moving.state.reason == alone, f'the wait for {name} alone')
    assert moving.is_state(GateState.WAITING)
    assert moving.speed() == 0.0
    moving.muted = set()
    moving.until(lambda: moving.is_state(GateState.PASSING), 'PASSING')


RESTART = [Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE]
RENEW = [
    Transition.TRANSITION_DEACTIVATE,
    Transition.TRANSITION_CLEANUP,
    Transition.TRANSITION_CONFIGURE,
    Transition.TRANSITION_ACTIVATE,
]
RELEASED = 'released stop: safety/stop is true'
PRESSED = 'refused, the cause persists: stop: safety/stop is true'


@pytest.mark.parametrize('transitions', [RESTART, RENEW], ids=['restart', 'renew'])
def test_no_transition_erases_a_stop_or_releases_the_button(moving, transitions):
    moving.press()
    moving.expect_stop_at_once('stop')  # and the button is released again
    moving.take_through(transitions)
    moving.until(lambda: moving.send_reset().message == RELEASED, 'the release of the stop')
    moving.press()
    moving.until(lambda: PRESSED in moving.send_reset().message, 'a refused reset')
    moving.take_through(transitions)
    assert PRESSED in moving.send_reset().message
    moving.expect_stop('stop')


def test_a_button_pressed_while_the_node_is_not_configured_is_heard(moving):
    moving.take_through(RENEW[:2])
    moving.press()
    moving.take_through(RENEW[2:])
    moving.until(lambda: PRESSED in moving.send_reset().message, 'a refused reset')
    moving.expect_stop('stop')
