"""Every rule of the safety gate, on the state machine itself."""

import numpy as np
import pytest

from valet_core.safety import ForceLimits, Gate, GateConfig, GateState, InputConfig, InputsConfig

MOVE = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.0])
NAN = float('nan')


class Bench:
    """A gate with every input coming at 100 Hz, and ways to break each of them."""

    def __init__(self, config=None):
        self.gate = Gate(config or GateConfig())
        self.now = 10.0
        self.steady = 1000.0
        self.rng = np.random.default_rng(1)
        self.muted = set()
        self.twist = np.zeros(6)
        self.force = np.zeros(3)
        self.position = np.zeros(3)
        self.decision = None

    def wrench(self):
        return np.concatenate([self.force, np.zeros(3)]) + self.rng.normal(0.0, 0.01, 6)

    def tick(self, count=1, period=0.01):
        for _ in range(count):
            self.now += period
            self.steady += period
            self.feed()
            self.decision = self.gate.step(self.now, self.steady)
        return self.decision

    def feed(self):
        now, gate = self.now, self.gate
        if 'wrench' not in self.muted:
            gate.wrench(now, now, 'tool0', self.wrench())
        if 'tool' not in self.muted:
            gate.tool(now, now, self.position)
        if 'perception' not in self.muted:
            gate.perception(now, now - 0.03, 'base_link', np.zeros((4, 3)))
        if 'command' not in self.muted:
            gate.command(now, now, 'base_link', self.twist)

    def moving(self):
        """Bring the gate to pass a steady motion."""
        self.gate.activate()
        self.tick(3)
        self.twist = MOVE
        self.tick(30)
        assert self.decision.state is GateState.PASSING
        assert self.decision.twist == pytest.approx(MOVE)
        return self

    def check_stopped(self, rule, reason=''):
        """The gate sends zero now and, with every input in order again, until a reset."""
        stopped = self.gate.step(self.now, self.steady)
        assert stopped.state is GateState.STOPPED
        assert stopped.rule == rule
        assert reason in stopped.reason
        assert not stopped.twist.any()
        self.muted.clear()
        self.force = np.zeros(3)
        self.tick(300)
        assert self.decision[1:] == stopped[1:]
        assert not self.decision.twist.any()
        assert self.gate.reset(self.now).accepted


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def moving(bench):
    return bench.moving()


def test_inactive_sends_zero_and_does_not_latch(bench):
    bench.twist, bench.force = MOVE, np.array([100.0, 0.0, 0.0])
    bench.tick(10)
    assert bench.decision.state is GateState.INACTIVE
    assert not bench.decision.twist.any()
    assert bench.gate.latched is None


def test_before_the_first_inputs_it_waits_and_names_them(bench):
    bench.gate.activate()
    decision = bench.gate.step(10.0, 0.0)
    assert decision.state is GateState.WAITING
    assert not decision.twist.any()
    for name in ('policy/command', 'wrench', 'perception/arm', 'tf base_link -> tool0'):
        assert f'{name} has not been received' in decision.reason
    assert 'monitor/scores' not in decision.reason


@pytest.mark.parametrize('name', ['command', 'wrench', 'perception', 'tool'])
def test_it_waits_for_each_required_input(bench, name):
    bench.gate.activate()
    bench.muted = {name}
    bench.tick(100)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == f'stale_{name}'
    assert bench.gate.latched is None


def test_motion_starts_only_after_a_zero_command(bench):
    bench.gate.activate()
    bench.twist = MOVE
    bench.tick(50)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'first_zero'
    bench.twist = np.zeros(6)
    bench.tick()
    assert bench.decision.state is GateState.PASSING
    bench.twist = MOVE
    bench.tick(2)
    assert bench.decision.twist[0] == pytest.approx(2 * 1.5 * 0.01)  # 1.5 m/s^2 over two ticks


SILENT = ('command', 'wrench', 'perception', 'tool')


@pytest.mark.parametrize('name', SILENT)
def test_a_silent_input_stops_the_robot_after_its_own_deadline(moving, name):
    deadline = getattr(InputsConfig(), name).deadline
    moving.muted = {name}
    moving.tick(round(deadline / 0.01) - 1)
    assert moving.decision.state is GateState.CLAMPING
    moving.tick(2)
    moving.check_stopped(f'stale_{name}', f'allowed {deadline:.3f} s')


@pytest.mark.parametrize('name', SILENT)
def test_a_late_input_slows_the_robot_to_rest_before_its_deadline(moving, name):
    config = getattr(InputsConfig(), name)
    moving.tick(30)
    full = moving.decision.twist[0]
    moving.muted = {name}
    old = 0.03 if name == 'perception' else 0.0  # of its stamp on arrival
    moving.tick(round(((config.slow_from + config.still_at) / 2 - old) / 0.01 - 0.6))
    assert 0.0 < moving.decision.twist[0] < full
    assert f'late_{name}' in moving.decision.clamped
    moving.tick(round((config.still_at - config.slow_from) / 2 / 0.01) + 2)
    assert moving.decision.twist[0] == 0.0
    assert moving.gate.latched is None


@pytest.mark.parametrize('name', SILENT)
def test_a_late_input_that_comes_lets_the_robot_go_on_without_a_jump(moving, name):
    moving.tick(30)
    full = moving.decision.twist[0]
    moving.muted = {name}
    moving.tick(round(getattr(InputsConfig(), name).still_at / 0.01) + 2)
    assert moving.decision.twist[0] == 0.0
    moving.muted = set()
    moving.tick(2)
    assert moving.decision.twist[0] <= 2 * 1.5 * 0.01 + 1e-9
    moving.tick(20)
    assert moving.decision.twist[0] == pytest.approx(full)


def test_every_default_leaves_time_to_brake_within_200_ms():
    inputs = InputsConfig()
    for name in SILENT:
        assert 0.0 < getattr(inputs, name).still_at <= 0.16


def test_commands_with_old_stamps_do_not_keep_the_robot_going(moving):
    moving.muted = {'command'}
    for _ in range(52):
        moving.gate.command(moving.now, moving.now - 1.0, 'base_link', MOVE)
        moving.tick()
    moving.check_stopped('stale_command', 'last message rejected: stamp 1.000 s old')


def test_commands_from_the_future_do_not_keep_the_robot_going(moving):
    moving.muted = {'command'}
    for _ in range(52):
        moving.gate.command(moving.now, moving.now + 1.0, 'base_link', -MOVE)
        moving.tick()
        assert moving.decision.twist[0] >= 0.0
    moving.check_stopped('stale_command', 'in the future')


def test_a_camera_that_repeats_one_image_is_stale_by_its_stamp(moving):
    moving.muted, frozen = {'perception'}, moving.now
    for _ in range(74):
        moving.tick()
        moving.gate.perception(moving.now, frozen, 'base_link', np.zeros((4, 3)))
    moving.check_stopped('stale_perception')


@pytest.mark.parametrize('value', [NAN, float('inf'), -float('inf')])
@pytest.mark.parametrize('index', range(6))
def test_a_command_that_is_not_finite_stops_at_once(moving, value, index):
    bad = MOVE.copy()
    bad[index] = value
    moving.gate.command(moving.now, moving.now, 'base_link', bad)
    assert moving.gate.latched.rule == 'nonfinite_command'
    moving.check_stopped('nonfinite_command', 'policy/command is not finite')


def test_a_wrench_that_is_not_finite_stops_at_once(moving):
    moving.gate.wrench(moving.now, moving.now, 'tool0', np.full(6, NAN))
    moving.check_stopped('nonfinite_wrench')


def test_a_tool_position_that_is_not_finite_stops_at_once(moving):
    moving.gate.tool(moving.now, moving.now, np.array([0.0, NAN, 0.0]))
    moving.check_stopped('nonfinite_tool')


def test_an_arm_that_is_not_finite_is_no_sign_of_life(moving):
    moving.muted = {'perception'}
    for _ in range(62):
        moving.tick()
        moving.gate.perception(moving.now, moving.now, 'base_link', np.full((4, 3), NAN))
    moving.check_stopped('stale_perception', 'a joint is not finite')


@pytest.mark.parametrize('frame', ['tool0', '', 'base', '/base_link'])
def test_a_command_in_another_frame_stops_at_once(moving, frame):
    moving.gate.command(moving.now, moving.now, frame, MOVE)
    moving.check_stopped('frame_command', f"in frame {frame!r}, allowed 'base_link'")


def test_a_wrench_in_another_frame_stops_at_once(moving):
    moving.gate.wrench(moving.now, moving.now, 'base_link', np.zeros(6))
    moving.check_stopped('frame_wrench')


def test_speed_is_clamped_and_said(moving):
    moving.twist = 10.0 * MOVE
    moving.tick(30)
    assert moving.decision.state is GateState.CLAMPING
    assert moving.decision.clamped == ('speed',)
    assert moving.decision.twist[0] == pytest.approx(0.25)


def test_acceleration_is_clamped_and_said(moving):
    moving.twist = np.zeros(6)
    moving.tick()
    assert moving.decision.clamped == ('acceleration',)
    assert moving.decision.twist[0] == pytest.approx(0.1 - 1.5 * 0.01)


def test_the_workspace_is_clamped_and_said(moving):
    moving.position = np.array([0.95, 0.0, 0.0])
    moving.tick()
    assert moving.decision.state is GateState.CLAMPING
    assert 'workspace' in moving.decision.clamped
    assert not moving.decision.twist.any()
    moving.tick()
    assert moving.decision.clamped == ('workspace',)


@pytest.mark.parametrize(
    ('force', 'rule'),
    [
        ([0.0, 30.0, 30.0], 'force_magnitude'),
        ([-36.0, 0.0, 0.0], 'force_magnitude'),
        ([0.0, 0.0, 100.0], 'force_magnitude'),
    ],
)
def test_a_force_step_stops_at_once(moving, force, rule):
    moving.gate.wrench(moving.now, moving.now, 'tool0', np.array([*force, 0.0, 0.0, 0.0]))
    assert moving.gate.latched.rule == rule
    moving.check_stopped(rule, 'N is above 35.0 N of unknown phase')


def signed():
    limits = ForceLimits(
        phases=('pull',),
        magnitude=(40.0,),
        x_low=(-30.0,),
        x_high=(5.0,),
        y_low=(-10.0,),
        y_high=(10.0,),
        z_low=(-35.0,),
        z_high=(20.0,),
    )
    return GateConfig(force=limits)


@pytest.mark.parametrize(
    ('force', 'stops'),
    [
        ([-25.0, 0.0, 0.0], False),
        ([25.0, 0.0, 0.0], True),
        ([0.0, 9.0, 0.0], False),
        ([0.0, -11.0, 0.0], True),
        ([0.0, 0.0, -30.0], False),
        ([0.0, 0.0, 30.0], True),
    ],
)
def test_each_signed_axis_has_its_own_limit(force, stops):
    moving = Bench(signed()).moving()
    moving.gate.phase(moving.now, 'pull')
    moving.force = np.array(force)
    moving.tick(5)
    if stops:
        moving.check_stopped('force_axis', "N of phase 'pull'")
    else:
        assert moving.decision.state is GateState.PASSING


def test_the_limit_is_that_of_the_phase(moving):
    moving.gate.phase(moving.now, 'forearm')
    moving.force = np.array([0.0, 26.5, 26.5])  # 37.5 N: 40 N are allowed on the forearm
    moving.tick(5)
    assert moving.decision.state is GateState.PASSING
    moving.gate.phase(moving.now, 'approach')  # 35 N: the same force stops
    moving.check_stopped('force_magnitude', "37.5 N is above 35.0 N of phase 'approach'")


def test_a_frozen_wrench_stops_within_its_window(moving):
    frozen = moving.wrench()
    moving.muted = {'wrench'}
    for i in range(10):
        moving.tick(period=0.008)
        assert moving.decision.state is GateState.PASSING, i
        moving.gate.wrench(moving.now, moving.now, 'tool0', frozen)
    moving.check_stopped('frozen_wrench', 'not changed in 10 samples, 0.072 s')


def test_a_wrench_frozen_at_zero_stops_before_any_motion(bench):
    bench.gate.activate()
    bench.muted = {'wrench'}
    for _ in range(10):
        bench.gate.wrench(bench.now, bench.now, 'tool0', np.zeros(6))
        bench.tick()
    bench.check_stopped('frozen_wrench')


def test_an_alarm_latches_though_scores_are_not_required(moving):
    moving.gate.scores(moving.now, moving.now, True, 'rnd 3.1 > 2.0')
    assert moving.gate.latched == ('alarm', 'monitor/scores: rnd 3.1 > 2.0')
    moving.gate.scores(moving.now, moving.now, False)
    moving.check_stopped('alarm')


def test_scores_are_waited_for_only_where_required():
    inputs = InputsConfig(scores=InputConfig(required=True, deadline=0.3, max_age=0.5))
    bench = Bench(GateConfig(inputs=inputs))
    bench.gate.activate()
    bench.tick(20)
    assert bench.decision.rule == 'stale_scores'
    bench.gate.scores(bench.now, bench.now, False)
    bench.tick()
    assert bench.decision.state is GateState.PASSING
    bench.tick(31)
    assert bench.decision.rule == 'stale_scores'
    assert bench.decision.state is GateState.STOPPED


@pytest.mark.parametrize('active', [True, False])
def test_a_stop_latches_in_every_state(bench, active):
    if active:
        bench.moving()
    bench.gate.stop(bench.now, True)
    bench.tick()
    assert bench.decision.state is GateState.STOPPED
    bench.gate.stop(bench.now, False)
    bench.tick(10)
    assert bench.decision.rule == 'stop'
    assert not bench.decision.twist.any()


def test_time_that_goes_back_stops_and_says_by_how_much(moving):
    moving.now -= 5.0
    moving.feed()
    assert moving.gate.latched.rule == 'clock_back'
    moving.check_stopped('clock_back', 'time went back by 5.000 s')


def test_after_time_went_back_old_messages_do_not_count_as_fresh(moving):
    moving.now = 1.0
    moving.gate.step(moving.now, moving.steady)
    result = moving.gate.reset(moving.now)
    assert not result.accepted
    assert 'policy/command has not been received' in result.message


def test_a_clock_that_stops_stops_the_robot_while_commands_keep_coming(moving):
    for i in range(61):
        moving.tick(period=0.0)
        moving.steady += 0.01
        if i < 11:
            assert moving.decision.state is GateState.PASSING
        elif 13 < i < 58:
            assert 'late_clock' in moving.decision.clamped
            assert not moving.decision.twist.any()
    moving.tick(period=0.0)
    moving.check_stopped('clock_stopped', 'the clock has stood at')


def test_a_clock_that_has_not_started_is_waited_for(bench):
    bench.gate.activate()
    bench.now = 0.0
    for _ in range(50):
        bench.steady += 0.01
        bench.tick(period=0.0)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'clock_stopped'
    assert bench.decision.reason == 'the clock has not started'


def test_reset_is_refused_while_the_cause_persists(moving):
    moving.force = np.array([50.0, 0.0, 0.0])
    moving.tick(3)
    result = moving.gate.reset(moving.now)
    assert not result.accepted
    assert 'refused, the cause persists: force_magnitude: force 50.0 N' in result.message
    moving.force = np.zeros(3)
    moving.tick()
    assert moving.gate.reset(moving.now).accepted


@pytest.mark.parametrize(
    ('break_it', 'mend_it', 'rule'),
    [
        (
            lambda b: b.gate.stop(b.now, True),
            lambda b: b.gate.stop(b.now, False),
            'stop',
        ),
        (
            lambda b: b.gate.scores(b.now, b.now, True),
            lambda b: b.gate.scores(b.now, b.now, False),
            'alarm',
        ),
        (
            lambda b: (b.muted.add('command'), b.tick(60)),
            lambda b: (b.muted.clear(), b.tick()),
            'stale_command',
        ),
        (
            lambda b: b.gate.command(b.now, b.now, 'base_link', NAN * MOVE),
            lambda b: b.tick(),
            'nonfinite_command',
        ),
    ],
)
def test_reset_needs_the_cause_to_go_first(moving, break_it, mend_it, rule):
    break_it(moving)
    refused = moving.gate.reset(moving.now)
    assert not refused.accepted
    assert rule in refused.message
    mend_it(moving)
    assert moving.gate.reset(moving.now).accepted


def test_after_a_reset_a_stale_motion_does_not_jump(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.stop(moving.now, False)
    moving.tick(5)
    assert moving.gate.reset(moving.now).accepted
    moving.tick(50)  # the policy still sends the motion it was sending
    assert moving.decision.state is GateState.WAITING
    assert not moving.decision.twist.any()
    moving.twist = np.zeros(6)
    moving.tick(2)
    moving.twist = MOVE
    moving.tick(30)
    assert moving.decision.twist == pytest.approx(MOVE)


def test_reset_with_nothing_latched_changes_nothing(moving):
    result = moving.gate.reset(moving.now)
    assert result == (True, 'no stop was latched')
    assert moving.tick().state is GateState.PASSING


def test_a_stop_stays_latched_over_deactivation(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.stop(moving.now, False)
    moving.gate.deactivate()
    moving.gate.activate()
    assert moving.tick(10).state is GateState.STOPPED


def test_deactivation_sends_zero_and_activation_starts_from_rest(moving):
    moving.gate.deactivate()
    assert not moving.tick().twist.any()
    moving.gate.activate()
    assert moving.tick().rule == 'first_zero'


def test_the_first_cause_is_kept(moving):
    moving.gate.stop(moving.now, True)
    moving.gate.command(moving.now, moving.now, 'base_link', NAN * MOVE)
    moving.tick()
    assert moving.decision.rule == 'stop'


def test_an_input_that_is_not_required_may_be_absent():
    inputs = InputsConfig(tool=InputConfig(required=False), perception=InputConfig(required=False))
    bench = Bench(GateConfig(inputs=inputs))
    bench.muted = {'tool', 'perception'}
    assert bench.moving().tick(100).state is GateState.PASSING


def test_a_gate_that_was_held_back_itself_reads_its_messages_before_it_stops(moving):
    moving.now += 0.6
    moving.steady += 0.6
    held = moving.gate.step(moving.now, moving.steady)
    assert held.state is GateState.CLAMPING
    assert not held.twist.any()
    moving.tick(5)
    assert moving.decision.state in (GateState.PASSING, GateState.CLAMPING)
    assert moving.gate.latched is None


def test_a_gate_that_was_held_back_still_stops_when_no_message_comes(moving):
    moving.muted = {'wrench'}
    moving.now += 0.6
    moving.steady += 0.6
    moving.gate.step(moving.now, moving.steady)
    moving.tick(6)
    moving.check_stopped('stale_wrench')
