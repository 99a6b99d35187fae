"""Every rule of the gate of a mobile base."""

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.safety.base_gate import BaseGate, BaseGateConfig, BaseLimiter
from valet_core.safety.base_inputs import BaseInputsConfig, BaseLimits
from valet_core.safety.gate import GateState

LIMITS = BaseLimits(2.0, 1.0, 0.5, 2.0, 2.0, 1.0, 4.0, rays=8, range_max=10.0)
MOVE = np.array([0.5, 0.0, 0.5])


class Bench:
    """Feeds a gate at 50 Hz; `mute`, or replace what a source says."""

    def __init__(self, **config):
        self.gate = BaseGate(BaseGateConfig(**config), LIMITS)
        self.now, self.x = 10.0, 0.0
        self.muted, self.frame, self.odom_frame = set(), 'base_link', 'odom'
        self.command, self.ranges, self.jump = np.zeros(3), None, 0.0
        self.rng = np.random.default_rng(0)
        self.gate.activate()

    def tick(self, steps=1):
        for _ in range(steps):
            self.now += 0.02
            if 'odom' not in self.muted:
                state = np.array([self.x + self.jump, 0, 0, 0, 0, 0])
                self.gate.odom(self.now, self.now, self.odom_frame, state)
            if 'scan' not in self.muted:
                fresh = 3.0 + 0.01 * self.rng.standard_normal(8)
                ranges = fresh if self.ranges is None else self.ranges
                self.gate.scan(self.now, self.now, ranges)
            if 'command' not in self.muted:
                self.gate.command(self.now, self.now, self.frame, self.command)
            self.decision = self.gate.step(self.now, self.now)
        return self.decision

    def moving(self):
        self.tick(3)
        self.command = MOVE
        self.tick(30)
        assert self.decision.state is GateState.PASSING
        assert self.decision.twist[[0, 1, 5]] == pytest.approx(MOVE)
        return self


@pytest.fixture
def bench():
    return Bench()


def stops(bench, rule, steps=40):
    for _ in range(steps):
        if bench.tick().state is GateState.STOPPED:
            break
    assert bench.decision.state is GateState.STOPPED
    assert bench.decision.rule == rule, bench.decision.reason
    assert not bench.decision.twist.any() and bench.decision.reason


def test_nothing_passes_until_everything_is_there_and_the_command_was_zero(bench):
    bench.command = MOVE
    assert bench.tick(5).state is GateState.WAITING
    assert bench.decision.rule == 'first_zero'
    bench.command = np.zeros(3)
    assert bench.tick().state is GateState.PASSING


@pytest.mark.parametrize('name', ['command', 'scan', 'odom'])
def test_a_silent_input_brakes_within_200_ms_and_stops_for_good_later(bench, name):
    bench.moving().muted = {name}
    bench.tick(11)
    assert bench.decision.state is GateState.CLAMPING
    assert f'late_{name}' in bench.decision.clamped
    asked = bench.decision.twist[0]
    bench.tick(12)  # 2 m/s2 from 0.5 m/s
    assert bench.decision.twist[0] < asked and not bench.decision.twist.any()
    stops(bench, f'stale_{name}')


@pytest.mark.parametrize('name', ['command', 'scan', 'odom'])
def test_after_a_late_message_it_goes_on(bench, name):
    bench.moving().muted = {name}
    bench.tick(9)
    assert 'late' in str(bench.decision.clamped)
    bench.muted = set()
    bench.tick(20)
    assert bench.decision.twist[[0, 1, 5]] == pytest.approx(MOVE)


def test_it_waits_for_a_scan_that_never_came(bench):
    bench.muted = {'scan'}
    assert bench.tick(10).reason == 'scan has not been received'


@pytest.mark.parametrize(
    ('change', 'rule'),
    [
        ({'command': np.array([np.nan, 0, 0])}, 'nonfinite_command'),
        ({'frame': 'map'}, 'frame_command'),
        ({'odom_frame': 'map'}, 'frame_odom'),
        ({'jump': np.nan}, 'nonfinite_odom'),
        ({'jump': 1.0}, 'jump_odom'),
        ({'ranges': np.full(7, 3.0)}, 'size_scan'),
        ({'ranges': np.full(8, np.nan)}, 'nonfinite_scan'),
        ({'ranges': np.full(8, 3.0)}, 'frozen_scan'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_what_cannot_be_right_stops_and_says_why(bench, change, rule):
    for name, value in change.items():
        setattr(bench.moving(), name, value)
    stops(bench, rule)


def test_open_space_that_looks_the_same_is_no_frozen_scan(bench):
    bench.moving().ranges = np.full(8, np.inf)
    assert bench.tick(30).state is GateState.PASSING


def test_some_nan_among_the_ranges_is_no_fault(bench):
    bench.moving()
    for _ in range(20):
        bench.ranges = np.array([np.nan, *bench.rng.uniform(1, 2, 7)])
        assert bench.tick().state is GateState.PASSING


def test_a_stop_latches_until_reset_and_reset_is_refused_while_it_is_pressed(bench):
    bench.moving()
    bench.gate.stop(bench.now, True)
    stops(bench, 'stop', 1)
    assert not bench.gate.reset(bench.now).accepted
    bench.gate.stop(bench.now, False)
    assert bench.tick(5).state is GateState.STOPPED
    assert bench.gate.reset(bench.now).accepted
    assert bench.tick(5).rule == 'first_zero'  # it does not start with a jump
    bench.command = np.zeros(3)
    assert bench.tick().state is GateState.PASSING


def test_after_a_jump_of_odometry_it_can_go_on_from_there(bench):
    bench.moving().jump = 5.0
    stops(bench, 'jump_odom', 1)
    bench.command = np.zeros(3)
    bench.tick(2)
    assert bench.gate.reset(bench.now).accepted
    assert bench.tick(2).state is GateState.PASSING


def test_time_that_goes_back_stops(bench):
    bench.moving().now -= 5.0
    bench.tick()
    assert bench.decision.rule == 'clock_back'


def test_a_clock_that_stands_has_the_base_rest_and_then_stops(bench):
    bench.moving()
    steady = bench.now
    for _ in range(9):
        steady += 0.02
        decision = bench.gate.step(bench.now, steady)
    assert decision.clamped == ('late_clock',) and not decision.twist.any()
    for _ in range(30):
        steady += 0.02
        decision = bench.gate.step(bench.now, steady)
    assert decision.rule == 'clock_stopped'


def test_a_gate_that_was_held_back_brakes_and_reads_before_it_judges(bench):
    bench.moving().now += 0.5  # the process did not run; its messages wait
    decision = bench.gate.step(bench.now, bench.now)
    assert decision.state is GateState.CLAMPING and 'late_scan' in decision.clamped
    assert decision.twist[0] < 0.5
    assert bench.tick(10).state in (GateState.PASSING, GateState.CLAMPING)


def test_speed_is_limited_with_the_curve_kept():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    output, clamped = limiter.clamp(0.0, np.array([4.0, 0.0, 1.0]))
    assert not output.any()  # the first output after a rest is rest
    for step in range(1, 200):
        output, clamped = limiter.clamp(0.02 * step, np.array([4.0, 0.0, 1.0]))
    assert output == pytest.approx([2.0, 0.0, 0.5])
    assert clamped == ('speed',)
    for step in range(200, 400):
        output, _ = limiter.clamp(0.02 * step, np.array([-3.0, 0.0, 0.0]))
    assert output == pytest.approx([-1.0, 0.0, 0.0])  # backward is slower


def test_acceleration_is_limited_axis_by_axis():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    limiter.clamp(0.0, np.zeros(3))
    output, clamped = limiter.clamp(0.05, np.array([1.0, 0.01, 1.0]))
    assert output == pytest.approx([0.1, 0.01, 0.2])  # 2 m/s2 and 4 rad/s2 for 50 ms
    assert clamped == ('acceleration',)


def test_an_axis_that_the_base_lacks_stays_zero():
    limits = LIMITS._replace(lateral=0.0, lateral_acceleration=0.0)
    limiter = BaseLimiter(limits, 1.0, 0.1)
    for step in range(100):
        output, clamped = limiter.clamp(0.02 * step, np.array([0.5, 0.4, 0.0]))
    assert output == pytest.approx([0.5, 0.0, 0.0])
    assert clamped == ('speed',)


def test_a_share_of_the_speed_can_be_set():
    bench = Bench(speed_share=0.25)
    bench.tick(3)
    bench.command = np.array([2.0, 0.0, 0.0])
    assert bench.tick(60).twist[0] == pytest.approx(0.5)


def test_no_default_keeps_a_base_going_for_long():
    inputs = BaseInputsConfig()
    assert max(w.still_at for w in (inputs.command, inputs.scan, inputs.odom)) <= 0.2
    with pytest.raises(ConfigError, match='speed_share'):
        BaseGateConfig(speed_share=2.0)
