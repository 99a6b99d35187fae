"""The rules that the gate of a mobile base adds."""

from dataclasses import replace

import numpy as np
import pytest
from core.safety.gate_bench import BaseBench

from valet_core.common.errors import ConfigError
from valet_core.safety import GateState
from valet_core.safety.base import BaseGateConfig, BaseInputsConfig
from valet_core.safety.verdict import Verdict


@pytest.fixture
def moving():
    return BaseBench().moving()


@pytest.mark.parametrize(
    ('change', 'rule', 'reason'),
    [
        ({'odom_frame': 'map'}, 'frame_odom', "odom is in frame 'map', allowed 'odom'"),
        ({'odom': np.full(6, np.nan)}, 'nonfinite_odom', 'odom is not finite: [nan, '),
        (
            # 1.5 times 2.0 m/s forward and 0.5 m/s sideways for 20 ms are 0.075 m
            {'odom': np.array([0.505, 0.0, 0.0, 0.0, 0.0, 0.0])},
            'jump_odom',
            'odom moved 0.43 m further in 1 s than the base can, allowed 0.30 m',
        ),
        (
            {'odom': np.array([0.0, 0.0, -0.5, 0.0, 0.0, 0.0])},
            'jump_odom',
            'odom moved 0.44 rad further in 1 s than the base can, allowed 0.30 rad',
        ),
        ({'ranges': np.full(7, 3.0)}, 'size_scan', 'scan has 7 ranges, allowed 8'),
        ({'ranges': np.full(8, np.nan)}, 'nonfinite_scan', 'scan is all NaN'),
    ],
    ids=lambda value: value if isinstance(value, str) and ' ' not in value else '',
)
def test_what_cannot_be_right_stops_at_once_and_says_why(moving, change, rule, reason):
    for name, value in change.items():
        setattr(moving, name, value)
    moving.tick()
    assert moving.decision.state is GateState.STOPPED
    assert not moving.decision.command.any()
    assert (moving.decision.rule, moving.decision.reason[: len(reason)]) == (rule, reason)


def test_a_scan_that_does_not_change_stops(moving):
    moving.ranges = np.full(8, 3.0)
    assert moving.tick(4).state is GateState.PASSING
    moving.tick()
    moving.ranges = None
    moving.check_stopped('frozen_scan', 'scan has not changed in 5 messages')


NOTHING = [np.full(8, np.inf), np.full(8, 10.0), np.array([np.nan, *[12.0] * 7])]


@pytest.mark.parametrize('ranges', NOTHING)
def test_open_space_looks_the_same_for_a_while_but_a_stuck_scanner_for_ever(moving, ranges):
    moving.ranges = ranges
    assert moving.tick(99).state is GateState.PASSING
    moving.tick()
    moving.ranges = None
    moving.check_stopped('frozen_scan', 'scan has not changed in 100 messages')


def test_one_return_now_and_then_is_open_space(moving):
    for _ in range(5):
        moving.ranges = np.full(8, np.inf)
        assert moving.tick(99).state is GateState.PASSING
        moving.ranges = np.array([9.0, *[np.inf] * 7])
        assert moving.tick().state is GateState.PASSING


@pytest.mark.parametrize('count', [0, 200])
def test_how_long_open_space_may_look_the_same_can_be_set(count):
    inputs = BaseInputsConfig(inf_scans=count)
    moving = BaseBench(BaseGateConfig(inputs=inputs)).moving()
    moving.ranges = np.full(8, np.inf)
    assert moving.tick(199).state is GateState.PASSING


def test_some_nan_among_the_ranges_is_no_fault(moving):
    for _ in range(20):
        moving.ranges = np.array([np.nan, *moving.rng.uniform(1, 2, 7)])
        assert moving.tick().state is GateState.PASSING


def test_odometry_whose_heading_wraps_is_no_jump(moving):
    moving.odom = np.array([0.0, 0.0, 3.1, 0.0, 0.0, 0.0])
    moving.gate.inputs.forget()
    moving.tick()
    moving.odom = np.array([0.0, 0.0, -3.1, 0.0, 0.0, 0.0])
    assert moving.tick().rule != 'jump_odom'


@pytest.mark.parametrize(
    ('axis', 'speed'), [(0, 15.0), (1, -15.0), (0, 4.2), (2, 15.0), (2, -3.4)]
)
def test_odometry_that_drifts_faster_than_the_base_can_stops(moving, axis, speed):
    # 15 m/s are 0.3 m from one message to the next; 3.75 m/s and 3 rad/s are allowed.
    for _ in range(60):
        moving.odom = moving.odom.copy()
        moving.odom[axis] += speed * moving.period
        moving.tick()
    assert moving.decision.rule == 'jump_odom'
    assert moving.decision.state is GateState.STOPPED
    refused = moving.gate.reset(moving.now)
    assert 'the cause persists: jump_odom' in refused.message


@pytest.mark.parametrize(('axis', 'speed'), [(0, 3.7), (2, 2.9)])
def test_odometry_about_as_fast_as_the_base_may_be_passes(moving, axis, speed):
    for _ in range(300):
        moving.odom = moving.odom.copy()
        moving.odom[axis] += speed * moving.period
        assert moving.tick().state is GateState.PASSING


def test_small_jumps_of_odometry_far_apart_are_borne_with(moving):
    for _ in range(4):
        moving.odom = moving.odom + np.array([0.3, 0.0, 0.0, 0.0, 0.0, 0.0])
        assert moving.tick(55).state is GateState.PASSING


def test_two_jumps_of_odometry_within_a_second_add_up(moving):
    moving.odom = np.array([0.3, 0.0, 0.0, 0.0, 0.0, 0.0])  # 0.225 m too far
    assert moving.tick(40).state is GateState.PASSING
    moving.odom = np.zeros(6)
    assert moving.tick().rule == 'jump_odom'


def test_odometry_that_comes_in_bursts_is_judged_by_its_stamps(moving):
    moving.muted, state = {'odom'}, np.zeros(6)
    for _ in range(50):
        moving.tick(4)
        for late in (3, 2, 1, 0):
            state[0] += 2.0 * moving.period
            moving.gate.odom(moving.now, moving.now - late * moving.period, 'odom', state)
        assert moving.step().state is not GateState.STOPPED


def test_after_a_jump_of_odometry_it_can_go_on_from_there(moving):
    moving.odom = np.array([5.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert moving.tick().rule == 'jump_odom'
    assert not moving.gate.reset(moving.now).accepted
    moving.tick()
    moving.check_stopped('jump_odom')


def test_a_share_of_the_speed_can_be_set():
    bench = BaseBench(BaseGateConfig(speed_share=0.25))
    bench.gate.activate()
    bench.tick(3)
    bench.command = np.array([2.0, 0.0, 0.0])
    assert bench.tick(60).command[0] == pytest.approx(0.5)


def test_no_default_keeps_a_base_going_for_long():
    inputs = BaseInputsConfig()
    assert max(w.still_at for w in (inputs.command, inputs.scan, inputs.odom)) <= 0.2


def test_a_share_above_one_is_an_error():
    with pytest.raises(ConfigError, match='speed_share: 2.0 is above the allowed'):
        BaseGateConfig(speed_share=2.0)


GOOD = Verdict(False, ['dwell'], [1.0], [2.0])


@pytest.mark.parametrize('active', [True, False])
def test_an_alarm_of_the_failure_monitor_stops_a_base_in_every_state(active):
    bench = BaseBench()
    if active:
        bench.moving()
    bench.gate.scores(bench.now, bench.now, Verdict(True, ['dwell'], [3.1], [2.0]))
    assert bench.gate.latched == ('alarm', 'monitor/scores: dwell 3.1 > 2')
    bench.gate.scores(bench.now, bench.now, GOOD)
    assert bench.gate.latched.rule == 'alarm', 'an alarm that is over holds the base still'
    if active:
        bench.check_stopped('alarm', 'monitor/scores: dwell 3.1 > 2')


class MonitoredBench(BaseBench):
    """A gate that requires the monitor."""

    SENDERS = (*BaseBench.SENDERS, 'scores')

    def __init__(self):
        required = replace(BaseInputsConfig().scores, required=True)
        super().__init__(BaseGateConfig(inputs=BaseInputsConfig(scores=required)))

    def send_scores(self):
        self.gate.scores(self.now, self.now, GOOD)


def test_a_base_rests_and_then_stops_for_good_without_the_scores_that_it_requires():
    bench = MonitoredBench().moving()
    bench.muted = {'scores'}
    slow, still = (getattr(bench.deadlines('scores'), n) for n in ('slow_from', 'still_at'))
    bench.tick(bench.ticks(0.5 * (slow + still)))
    assert 'late_scores' in bench.decision.clamped
    assert bench.decision.command[0] < bench.MOVE[0]
    bench.tick(bench.ticks(bench.deadlines('scores').deadline))
    assert bench.decision.rule == 'stale_scores'
    assert not bench.decision.command.any()
