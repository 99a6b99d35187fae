"""The safety gate as a real process: silent inputs, signals, clock and lifecycle."""

import signal

import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nodes.safety.gate_bench import PATIENT, bring_up
from valet_msgs.msg import GateState


@pytest.fixture(scope='module')
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def gate(ros, request):
    """A gate of the test's own; its parameters come by indirect parametrisation."""
    with bring_up({**PATIENT, **getattr(request, 'param', {})}) as pair:
        yield pair


SILENT = ('command', 'wrench', 'perception', 'tool')


@pytest.mark.parametrize(
    ('gate', 'name'),
    [({f'inputs.{n}.deadline': 0.15 if n == 'perception' else 0.1}, n) for n in SILENT],
    indirect=['gate'],
    ids=SILENT,
)
def test_an_input_that_falls_silent_stops(gate, name):
    world, _ = gate
    world.expect_stop_in_time(lambda: world.mute(name), f'stale_{name}')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_with_a_last_zero_and_status_0(gate, number):
    world, process = gate
    world.move()
    process.send_signal(number)
    world.until(lambda: process.poll() is not None, 'the end of the process')
    world.until(lambda: world.speed() == 0.0, 'a zero command')
    assert process.returncode == 0


def test_it_waits_and_names_what_is_missing(ros):
    with bring_up(PATIENT, muted={'wrench'}) as (world, _):
        alone = 'wrench has not been received'
        world.until(lambda: world.state.reason == alone, 'the wait for wrench alone')
        assert world.is_state(GateState.WAITING)
        assert world.speed() == 0.0
        world.muted.clear()
        world.until(lambda: world.is_state(GateState.PASSING), 'PASSING')


def test_a_clock_that_stops_or_goes_back_stops_the_robot(ros):
    with bring_up({**PATIENT, 'use_sim_time': True}, sim_time=True) as (world, _):
        world.expect_stop_in_time(lambda: world.mute('clock'), 'clock_stopped')
        world.move()
        world.sim_now = 5.0
        world.expect_stop('clock_back')
        world.move()


def test_a_transition_that_is_not_possible_is_refused_and_nothing_ends(gate):
    world, process = gate
    world.move()
    wrong = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
    assert not world.call(world.change, wrong).success
    count = len(world.outputs)
    world.until(lambda: len(world.outputs) > count + 10, 'more commands')
    assert process.poll() is None
    assert world.is_state(GateState.PASSING)


def test_cleaned_up_it_can_be_configured_again(gate):
    world, _ = gate
    world.move()
    world.transition(Transition.TRANSITION_DEACTIVATE)
    world.until(lambda: world.is_state(GateState.INACTIVE), 'INACTIVE')
    world.transition(Transition.TRANSITION_CLEANUP)
    world.until(lambda: not world.count_publishers('servo/delta_twist_cmds'), 'a silent gate')
    world.transition(Transition.TRANSITION_CONFIGURE)
    world.transition(Transition.TRANSITION_ACTIVATE)
    world.move()
