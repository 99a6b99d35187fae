"""The rules that every gate has, on the state machine itself."""

from dataclasses import replace

import numpy as np
import pytest
from core.safety.gate_bench import BENCHES, NAN

from valet_core.safety import GateState, InputConfig

KINDS = pytest.mark.parametrize('bench', BENCHES, indirect=True)
INPUTS = pytest.mark.parametrize(
    ('bench', 'name'),
    [(kind, name) for kind, bench in BENCHES.items() for name in bench.SENDERS],
    indirect=['bench'],
)


@pytest.fixture
def bench(request):
    return BENCHES[request.param]()


@pytest.fixture
def moving(bench):
    return bench.moving()


@KINDS
def test_inactive_sends_zero_and_does_not_latch(bench):
    bench.command = NAN * bench.MOVE
    bench.tick(10)
    assert bench.decision.state is GateState.INACTIVE
    assert not bench.decision.command.any()
    assert bench.gate.latched is None


@KINDS
def test_before_the_first_inputs_it_waits_and_names_them(bench):
    bench.gate.activate()
    decision = bench.step()
    assert decision.state is GateState.WAITING
    assert not decision.command.any()
    for name in bench.NAMES.values():
        assert f'{name} has not been received' in decision.reason


@INPUTS
def test_it_waits_for_each_required_input(bench, name):
    bench.gate.activate()
    bench.muted = {name}
    bench.tick(100)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == f'stale_{name}'
    assert bench.decision.reason == f'{bench.NAMES[name]} has not been received'
    assert bench.gate.latched is None


@KINDS
def test_motion_starts_only_after_a_zero_command(bench):
    bench.gate.activate()
    bench.command = bench.MOVE
    bench.tick(50)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'first_zero'
    assert bench.NAMES['command'] in bench.decision.reason
    bench.command = np.zeros_like(bench.MOVE)
    assert bench.tick().state is GateState.PASSING
    bench.command = bench.MOVE
    bench.tick()
    assert bench.decision.clamped == ('acceleration',)
    assert 0.0 < bench.decision.command[0] < bench.MOVE[0]


@INPUTS
def test_a_silent_input_stops_the_robot_after_its_own_deadline(moving, name):
    deadline = moving.deadlines(name).deadline
    moving.muted = {name}
    moving.tick(moving.ticks(deadline) - 1)
    assert moving.decision.state is GateState.CLAMPING
    moving.tick(2)
    moving.check_stopped(f'stale_{name}', f'allowed {deadline:.3f} s')


@INPUTS
def test_a_silent_input_has_the_robot_rest_by_its_age_and_the_braking(moving, name):
    limits, old = moving.deadlines(name), moving.DELAYS.get(name, 0.0)
    moving.muted = {name}
    moving.tick(moving.ticks((limits.slow_from + limits.still_at) / 2 - old) - 1)
    assert 0.0 < moving.decision.command[0] < moving.MOVE[0]
    assert f'late_{name}' in moving.decision.clamped
    done = moving.ticks((limits.slow_from + limits.still_at) / 2 - old) - 1
    # Lateness asks for less from slow_from on; a ramp that is slower than that goes on alone.
    rest = max(limits.still_at, limits.slow_from + moving.braking()) - old
    moving.tick(moving.ticks(rest) - done)
    assert not moving.decision.command.any()
    assert moving.decision.state is GateState.CLAMPING
    assert moving.gate.latched is None


@INPUTS
def test_a_late_input_that_comes_lets_the_robot_go_on_without_a_jump(moving, name):
    moving.muted = {name}
    moving.tick(moving.ticks(moving.deadlines(name).still_at + moving.braking()))
    assert not moving.decision.command.any()
    moving.muted = set()
    moving.tick()
    assert moving.decision.command[0] < 0.2 * moving.MOVE[0]
    moving.tick(30)
    assert moving.decision.command == pytest.approx(moving.MOVE)


@KINDS
@pytest.mark.parametrize('offset', [-1.0, 1.0])
def test_commands_of_another_time_do_not_keep_the_robot_going(moving, offset):
    moving.muted = {'command'}
    for _ in range(moving.ticks(moving.deadlines('command').deadline) + 1):
        moving.tick()
        moving.send_command(-moving.MOVE, moving.now + offset)
        assert moving.decision.command[0] >= 0.0
    when = '1.000 s old' if offset < 0.0 else '1.000 s in the future'
    moving.check_stopped('stale_command', f'last message rejected: stamp {when}')


@KINDS
@pytest.mark.parametrize('value', [NAN, float('inf'), -float('inf')])
@pytest.mark.parametrize('index', [0, 1, -1])
def test_a_command_that_is_not_finite_stops_at_once(moving, value, index):
    bad = moving.MOVE.copy()
    bad[index] = value
    moving.send_command(bad)
    assert moving.gate.latched.rule == 'nonfinite_command'
    moving.check_stopped('nonfinite_command', f'{moving.NAMES["command"]} is not finite: [')


@KINDS
@pytest.mark.parametrize('frame', ['tool0', '', 'base', '/base_link'])
def test_a_command_in_another_frame_stops_at_once(moving, frame):
    moving.send_command(frame=frame)
    moving.check_stopped('frame_command', f"is in frame {frame!r}, allowed 'base_link'")


@KINDS
@pytest.mark.parametrize('active', [True, False])
def test_a_stop_latches_in_every_state(bench, active):
    if active:
        bench.moving()
    bench.gate.stop(bench.now, True)
    assert bench.gate.latched == ('stop', 'safety/stop is true')
    bench.gate.stop(bench.now, False)
    bench.check_stopped('stop')


@KINDS
def test_time_that_goes_back_stops_and_says_by_how_much(moving):
    moving.now -= 5.0
    moving.feed()
    assert moving.gate.latched.rule == 'clock_back'
    moving.check_stopped('clock_back', 'time went back by 5.000 s')


@KINDS
def test_after_time_went_back_old_messages_do_not_count_as_fresh(moving):
    moving.now = 1.0
    moving.step()
    result = moving.gate.reset(moving.now)
    assert not result.accepted
    for name in moving.NAMES.values():
        assert f'{name} has not been received' in result.message


STILL = {'ArmBench': 0.12, 'BaseBench': 0.15}  # s by which a standing clock has it rest


@KINDS
def test_a_clock_that_stops_stops_the_robot_while_commands_keep_coming(moving):
    # Counted from the tick before: the clock may have stopped right after it.
    still, stands = STILL[type(moving).__name__], moving.period
    while moving.decision.state is not GateState.STOPPED:
        stands += moving.period
        moving.steady += moving.period
        moving.tick(period=0.0)
        if stands < still - 1e-6:
            assert moving.decision.command == pytest.approx(moving.MOVE)
        elif still + 1e-6 < stands < moving.config.clock_timeout - 1e-6:
            assert 'late_clock' in moving.decision.clamped
            assert not moving.decision.command.any()
    late = stands - moving.config.clock_timeout
    assert -1e-6 < late < moving.period + 1e-6
    moving.check_stopped('clock_stopped', 'the clock has stood at')


@KINDS
def test_a_clock_that_stands_is_no_news_while_the_robot_is_told_to_rest(bench):
    bench.gate.activate()
    bench.tick(3)
    for _ in range(bench.ticks(0.3)):
        bench.steady += bench.period
        assert bench.tick(period=0.0).state is GateState.PASSING


@KINDS
def test_a_clock_that_has_not_started_is_waited_for(bench):
    bench.gate.activate()
    bench.now = 0.0
    for _ in range(50):
        bench.steady += bench.period
        bench.tick(period=0.0)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'clock_stopped'
    assert bench.decision.reason == 'the clock has not started'


CAUSES = {
    'stop': (lambda b: b.gate.stop(b.now, True), lambda b: b.gate.stop(b.now, False)),
    'stale_command': (
        lambda b: (b.muted.add('command'), b.tick(60)),
        lambda b: (b.muted.clear(), b.tick()),
    ),
    'nonfinite_command': (lambda b: b.send_command(NAN * b.MOVE), lambda b: b.tick()),
    'frame_command': (lambda b: b.send_command(frame='map'), lambda b: b.tick()),
}


@KINDS
@pytest.mark.parametrize('rule', CAUSES)
def test_reset_needs_the_cause_to_go_first(moving, rule):
    break_it, mend_it = CAUSES[rule]
    break_it(moving)
    assert moving.gate.latched.rule == rule
    refused = moving.gate.reset(moving.now)
    assert not refused.accepted
    assert f'refused, the cause persists: {rule}' in refused.message
    assert moving.step().state is GateState.STOPPED
    mend_it(moving)
    assert moving.gate.reset(moving.now).accepted


@KINDS
def test_after_a_reset_a_stale_motion_does_not_jump(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.stop(moving.now, False)
    moving.tick(5)
    assert moving.gate.reset(moving.now).accepted
    moving.tick(50)  # the sender still sends the motion it was sending
    assert moving.decision.rule == 'first_zero'
    assert not moving.decision.command.any()
    moving.command = np.zeros_like(moving.MOVE)
    moving.tick(2)
    moving.command = moving.MOVE
    moving.tick(30)
    assert moving.decision.command == pytest.approx(moving.MOVE)


@KINDS
def test_reset_with_nothing_latched_changes_nothing(moving):
    assert moving.gate.reset(moving.now) == (True, 'no stop was latched')
    assert moving.tick().state is GateState.PASSING


@KINDS
def test_a_stop_stays_latched_over_deactivation(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.stop(moving.now, False)
    moving.gate.deactivate()
    moving.gate.activate()
    assert moving.tick(10).state is GateState.STOPPED


@KINDS
def test_a_gate_that_forgets_keeps_the_stop_and_its_button(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.forget()
    assert moving.step().rule == 'stop'
    moving.gate.activate()
    moving.tick(5)
    assert 'safety/stop is true' in moving.gate.reset(moving.now).message
    moving.gate.stop(moving.now, False)
    moving.check_stopped('stop')


@KINDS
def test_a_gate_that_forgets_is_inactive_with_nothing_received(moving):
    moving.gate.forget()
    assert moving.step().state is GateState.INACTIVE
    moving.gate.activate()
    decision = moving.step()
    assert decision.state is GateState.WAITING
    for name in moving.NAMES.values():
        assert f'{name} has not been received' in decision.reason


@KINDS
def test_deactivation_sends_zero_and_activation_starts_from_rest(moving):
    moving.gate.deactivate()
    assert not moving.tick().command.any()
    moving.gate.activate()
    assert moving.tick().rule == 'first_zero'


@KINDS
def test_the_first_cause_is_kept(moving):
    moving.gate.stop(moving.now, True)
    moving.send_command(NAN * moving.MOVE)
    assert moving.tick().rule == 'stop'


@KINDS
def test_a_gate_that_was_held_back_brakes_and_reads_its_messages_before_it_stops(moving):
    moving.now += 0.65
    moving.steady += 0.65
    held = moving.step()
    assert held.state is GateState.CLAMPING
    assert {f'late_{name}' for name in moving.SENDERS} <= set(held.clamped)
    assert held.command[0] < moving.MOVE[0]
    moving.tick(5)
    assert moving.decision.state in (GateState.PASSING, GateState.CLAMPING)
    assert moving.gate.latched is None


@INPUTS
def test_a_gate_that_was_held_back_still_stops_when_no_message_comes(moving, name):
    moving.muted = {name}
    moving.now += 0.75
    moving.steady += 0.75
    moving.step()
    moving.tick(moving.ticks(0.05))
    moving.check_stopped(f'stale_{name}')


def slow(moving):
    """Time between ticks by which the gate was held back before each of them [s]."""
    return 0.06 if moving.period < 0.015 else 0.07


@INPUTS
def test_a_gate_that_is_held_back_again_and_again_still_stops_in_time(moving, name):
    moving.muted, between = {name}, slow(moving)
    bound, silent = moving.deadlines(name).deadline, moving.now
    while moving.decision.state is not GateState.STOPPED and moving.now < silent + 2.0:
        moving.tick(period=between)
    # A tick finds it stale, and the next is later than the one catch-up period of 50 ms.
    assert moving.now - silent < bound + 2.0 * between + 1e-6
    moving.check_stopped(f'stale_{name}')


@KINDS
def test_a_held_back_gate_gives_its_grace_again_once_the_inputs_were_fresh(moving):
    for _ in range(3):
        moving.now, moving.steady = moving.now + 0.65, moving.steady + 0.65
        assert moving.step().state is GateState.CLAMPING
        moving.tick(5)
        assert moving.gate.latched is None


@KINDS
def test_a_grace_that_began_early_is_not_begun_again_by_a_stale_input(moving):
    deadline = moving.deadlines('command').deadline
    moving.muted, last = {'command'}, moving.now
    moving.tick(moving.ticks(deadline) - 5)
    moving.tick(period=slow(moving))  # held back, and the command is still fresh
    while moving.now - last <= deadline:
        moving.tick(period=0.005)
    moving.tick(period=slow(moving))
    moving.check_stopped('stale_command')


@KINDS
def test_the_last_command_before_it_passes_must_be_zero(bench):
    bench.gate.activate()
    bench.muted = {bench.SENDERS[0]}
    bench.tick(3)
    bench.command = bench.MOVE
    bench.tick(3)
    bench.muted = set()  # the robot must not start with the motion that came meanwhile
    assert bench.tick(10).rule == 'first_zero'
    assert not bench.decision.command.any()
    bench.command = np.zeros_like(bench.MOVE)
    assert bench.tick().state is GateState.PASSING


@pytest.fixture
def with_button(bench):
    """A bench whose gate requires the button's heartbeat, which comes at each tick."""
    inputs = replace(bench.config.inputs, stop=InputConfig(deadline=0.5, max_age=0.5))
    made = type(bench)(replace(bench.config, inputs=inputs))
    made.SENDERS = (*bench.SENDERS, 'stop')
    return made


@KINDS
def test_a_required_button_is_waited_for(with_button):
    with_button.gate.activate()
    with_button.muted = {'stop'}
    with_button.tick(100)
    assert with_button.decision.state is GateState.WAITING
    assert with_button.decision.rule == 'stale_stop'
    assert with_button.decision.reason == 'safety/stop has not been received'
    with_button.muted = set()
    assert with_button.tick().state is GateState.PASSING


@KINDS
def test_a_required_button_that_dies_stops_the_robot(with_button):
    with_button.moving().muted = {'stop'}
    with_button.tick(with_button.ticks(0.5) - 1)
    assert with_button.decision.state is GateState.PASSING
    with_button.tick(2)
    assert 'stale_stop' in with_button.gate.reset(with_button.now).message
    with_button.check_stopped('stale_stop', 'safety/stop last arrived 0.5')


@KINDS
def test_a_required_button_that_repeats_true_is_pressed(with_button):
    with_button.moving().gate.stop(with_button.now, True)
    assert with_button.step().rule == 'stop'


@KINDS
def test_a_button_need_not_be_heard_by_default_even_after_it_was(moving):
    moving.gate.stop(moving.now, False)
    assert moving.tick(200).state is GateState.PASSING
    assert 'safety/stop' not in moving.decision.reason
