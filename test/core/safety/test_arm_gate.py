"""The rules that the gate of an arm adds."""

from dataclasses import replace

import numpy as np
import pytest
from core.safety.gate_bench import ARM, AWAY, NAN, NO_ARM, ArmBench

from valet_core.perception.labels import Label
from valet_core.safety import ForceLimits, GateState, InputConfig
from valet_core.safety.arm import ArmGateConfig, ArmInputsConfig, SeparationConfig, Verdict

ALARM, GOOD = Verdict(True, ['rnd'], [3.1], [2.0]), Verdict(False, ['rnd'], [1.0], [2.0])


@pytest.fixture
def bench():
    return ArmBench()


@pytest.fixture
def moving(bench):
    return bench.moving()


def test_scores_that_are_not_required_are_not_waited_for(bench):
    bench.gate.activate()
    assert 'monitor/scores' not in bench.step().reason


def test_every_default_leaves_time_to_brake_within_200_ms():
    inputs = ArmInputsConfig()
    for name in ArmBench.SENDERS:
        assert 0.0 < getattr(inputs, name).still_at <= 0.16


def test_a_camera_that_repeats_one_image_is_stale_by_its_stamp(moving):
    moving.muted, frozen = {'perception'}, moving.now
    for _ in range(74):
        moving.tick()
        moving.gate.perception(moving.now, frozen, 'base_link', NO_ARM)
    moving.check_stopped('stale_perception')


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
        bad = NO_ARM._replace(joints=np.full((4, 3), NAN))
        moving.gate.perception(moving.now, moving.now, 'base_link', bad)
    moving.check_stopped('stale_perception', 'a joint is not finite')


def test_a_wrench_in_another_frame_stops_at_once(moving):
    moving.gate.wrench(moving.now, moving.now, 'base_link', np.zeros(6))
    moving.check_stopped('frame_wrench')


def test_speed_is_clamped_and_said(moving):
    moving.command = 10.0 * ArmBench.MOVE
    moving.tick(30)
    assert moving.decision.state is GateState.CLAMPING
    assert moving.decision.clamped == ('speed',)
    assert moving.decision.command[0] == pytest.approx(0.25)


def test_acceleration_is_clamped_and_said(moving):
    moving.command = np.zeros(6)
    moving.tick()
    assert moving.decision.clamped == ('acceleration',)
    assert moving.decision.command[0] == pytest.approx(0.1 - 1.5 * 0.01)


def test_the_workspace_is_clamped_and_said(moving):
    moving.position = np.array([0.95, 0.0, 0.0])
    moving.tick()
    assert moving.decision.state is GateState.CLAMPING
    assert 'workspace' in moving.decision.clamped
    assert not moving.decision.command.any()
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
        phases=('hand',),
        magnitude=(40.0,),
        x_low=(-30.0,),
        x_high=(5.0,),
        y_low=(-10.0,),
        y_high=(10.0,),
        z_low=(-35.0,),
        z_high=(20.0,),
    )
    return ArmGateConfig(force=limits)


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
    moving = ArmBench(signed()).moving()
    moving.arm, moving.position = ARM, np.array([0.1, 0.0, 0.05])
    moving.tick()
    moving.force = np.array(force)
    moving.tick(5)
    if stops:
        moving.check_stopped('force_axis', "N of phase 'hand'")
    else:
        assert moving.decision.state is GateState.PASSING


@pytest.fixture
def sleeve(moving):
    """The tool over the forearm, with more force than other phases allow: 37.5 N."""
    moving.arm, moving.position = ARM, np.array([0.3, 0.0, 0.05])
    moving.tick()
    moving.force = np.array([0.0, 26.5, 26.5])
    assert moving.tick(5).state is GateState.PASSING
    return moving


def test_the_limit_is_that_of_where_the_tool_is_along_the_perceived_arm(sleeve):
    sleeve.position = np.array([-0.1, 0.0, 0.05])
    sleeve.tick(2)
    sleeve.check_stopped('force_magnitude', "37.5 N is above 35.0 N of phase 'approach'")


@pytest.mark.parametrize(
    'arm',
    [
        NO_ARM,
        ARM._replace(joints=np.zeros((4, 3))),
        ARM._replace(joints=1e200 * ARM.joints),
        ARM._replace(confidence=np.array([1.0, 1.0, 0.2, 1.0])),
    ],
    ids=['none', 'of no length', 'without end', 'not trusted'],
)
def test_an_arm_that_is_not_known_means_the_strictest_limits(sleeve, arm):
    sleeve.arm = arm
    sleeve.tick(2)
    sleeve.check_stopped('force_magnitude', "37.5 N is above 35.0 N of unknown phase ''")


@pytest.mark.parametrize('name', ['perception', 'tool'])
def test_a_phase_is_no_older_than_what_it_comes_from(name):
    """Even where its silence is no fault."""
    optional = replace(getattr(ArmInputsConfig(), name), required=False)
    bench = ArmBench(ArmGateConfig(inputs=ArmInputsConfig(**{name: optional}))).moving()
    bench.arm, bench.position = ARM, np.array([0.3, 0.0, 0.05])
    assert bench.tick(3).state is GateState.PASSING
    assert bench.gate.inputs.phase == 'forearm'
    bench.muted = {name}
    bench.tick(80)
    assert bench.gate.inputs.phase == ''
    assert bench.gate.inputs.limit.magnitude == 35.0


def test_a_gate_that_forgets_has_the_strictest_limit_again(sleeve):
    assert sleeve.gate.inputs.limit.magnitude == 40.0
    sleeve.gate.forget()
    assert sleeve.gate.inputs.limit.magnitude == 35.0


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


@pytest.mark.parametrize('active', [True, False])
def test_an_alarm_latches_in_every_state_though_scores_are_not_required(bench, active):
    if active:
        bench.moving()
    bench.gate.scores(bench.now, bench.now, ALARM)
    assert bench.gate.latched == ('alarm', 'monitor/scores: rnd 3.1 > 2')
    assert not bench.gate.reset(bench.now).accepted
    bench.gate.scores(bench.now, bench.now, GOOD)
    bench.check_stopped('alarm')


@pytest.mark.parametrize('score', [NAN, float('inf'), -float('inf')])
def test_a_score_that_is_not_finite_stops_until_one_is(moving, score):
    moving.gate.scores(moving.now, moving.now, Verdict(False, ['rnd'], [score], [2.0]))
    assert not moving.gate.reset(moving.now).accepted
    moving.gate.scores(moving.now, moving.now, GOOD)
    moving.check_stopped('alarm', f'monitor/scores: score of rnd is {score:g}')


class MonitoredBench(ArmBench):
    """A gate that requires the monitor, which scores while the robot moves."""

    SENDERS = (*ArmBench.SENDERS, 'scores')
    NAMES = {**ArmBench.NAMES, 'scores': 'monitor/scores'}

    def __init__(self):
        super().__init__(ArmGateConfig(inputs=ArmInputsConfig(scores=REQUIRED)))
        self.verdict = GOOD

    def mend(self):
        super().mend()
        self.verdict = GOOD

    def send_scores(self):
        self.gate.scores(self.now, self.now, self.verdict)


REQUIRED = replace(ArmInputsConfig().scores, required=True)


def test_a_required_monitor_is_waited_for_before_the_first_goal():
    bench = MonitoredBench()
    bench.muted = {'scores'}
    bench.gate.activate()
    bench.tick(100)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'stale_scores'
    assert bench.decision.reason == 'monitor/scores has not been received'
    bench.muted = set()
    assert bench.tick().state is GateState.PASSING


def test_a_required_monitor_that_falls_silent_between_goals_is_waited_for():
    bench = MonitoredBench().moving()
    bench.command, bench.muted = np.zeros(6), {'scores'}
    bench.tick(1000)
    assert bench.decision.state is GateState.WAITING
    assert bench.decision.rule == 'stale_scores'
    bench.command, bench.muted = bench.MOVE, set()  # the next goal, without a reset
    bench.tick(30)
    assert bench.decision.state is GateState.PASSING
    assert bench.decision.command == pytest.approx(bench.MOVE)


def test_without_its_monitor_no_goal_begins_to_move():
    bench = MonitoredBench().moving()
    bench.command, bench.muted = np.zeros(6), {'scores'}
    bench.tick(100)
    bench.command = bench.MOVE
    for _ in range(50):
        bench.tick()
        assert bench.decision.state is GateState.CLAMPING
        assert 'late_scores' in bench.decision.clamped
        assert not bench.decision.command.any()
    bench.tick(2)
    bench.check_stopped('stale_scores', 'monitor/scores last arrived')


def test_a_required_monitor_that_falls_silent_slows_the_robot_and_then_stops_it():
    bench = MonitoredBench().moving()
    bench.muted = {'scores'}
    bench.tick(22)
    assert 0.0 < bench.decision.command[0] < bench.MOVE[0]
    bench.tick(4)
    assert bench.decision.state is GateState.CLAMPING
    assert not bench.decision.command.any()
    bench.tick(25)
    bench.check_stopped('stale_scores', 'allowed 0.500 s')


def test_a_heartbeat_keeps_a_monitor_fresh_between_goals_and_not_in_motion():
    bench = MonitoredBench().moving()
    bench.command, bench.verdict = np.zeros(6), Verdict(False)
    assert bench.tick(1000).state is GateState.PASSING
    bench.command = bench.MOVE
    bench.tick(52)
    bench.check_stopped('stale_scores', 'it carries no score, and the policy asks for motion')


def beside(gap):
    """Points of a body so far in +x from the gripper of a bench: its palm is 0.0633 m wide."""
    return np.tile(AWAY + np.array([0.0633 + gap, 0.0009, 0.0976]), (5, 1))


def test_near_the_person_the_tool_is_slowed_and_it_is_said_by_which_link(moving):
    moving.seen = beside(0.036)  # a fifth of the way from stop to slow: 0.05 of 0.25 m/s
    moving.tick(60)
    assert moving.decision.state is GateState.CLAMPING
    assert moving.decision.clamped == ('separation',)
    assert moving.decision.command[0] == pytest.approx(0.05, rel=0.02)
    assert moving.decision.reason == (
        'command clamped by: separation (flange is 0.036 m from the seen body, slowed below '
        '0.060 m, no nearer than 0.030 m)'
    )
    facts = moving.gate.inputs.facts()
    assert facts['nearest link'] == 'flange' and facts['nearest part'] == 'seen body'
    assert facts['distance [m]'] == pytest.approx(0.036, abs=1e-3)


def test_a_robot_that_was_stopped_before_the_person_can_be_backed_off(moving):
    moving.seen = beside(0.02)
    moving.tick(20)
    assert not moving.decision.command.any()
    assert moving.decision.state is GateState.CLAMPING
    moving.command = -moving.MOVE
    moving.tick(60)
    assert moving.decision.state is GateState.PASSING
    assert moving.decision.command == pytest.approx(-moving.MOVE)


def within_the_arm(moving):
    """The gripper's palm 0.06 m within the upper arm, whose end it covers."""
    moving.away = np.zeros(3)
    palm = moving.position + np.array([0.0333, 0.0009, 0.0976])
    joints = palm + np.array([[0.03, 0.0, 0.0], [0.33, 0, 0], [0.58, 0, 0], [0.78, 0, 0]])
    moving.arm = ARM._replace(joints=joints)


def test_a_link_within_the_person_stops_until_it_is_no_longer(moving):
    near = moving.arm
    within_the_arm(moving)
    moving.tick(2)
    assert moving.decision.state is GateState.STOPPED
    assert moving.decision.rule == 'separation'
    assert moving.decision.reason.startswith('flange is -0.')
    assert 'm from the upper arm, allowed -0.050 m' in moving.decision.reason
    refused = moving.gate.reset(moving.now)
    assert not refused.accepted and 'the cause persists: separation: flange' in refused.message
    moving.arm, moving.away = near, AWAY
    moving.tick(2)
    moving.check_stopped('separation')


def test_without_the_rule_neither_links_nor_cloud_are_waited_for():
    bench = ArmBench(ArmGateConfig(separation=SeparationConfig(enabled=False)))
    assert bench.gate.link_frames == ()
    bench.muted = {'cloud', 'links'}
    within_the_arm(bench.moving())
    assert bench.tick(100).state is GateState.PASSING


def test_links_of_which_one_is_missing_slow_the_robot_and_stop_it(moving):
    moving.muted = {'links'}
    for _ in range(11):
        moving.tick()
        moving.gate.links_missing("tf: no transform from 'forearm_link' to 'base_link'")
    assert 0.0 < moving.decision.command[0] < moving.MOVE[0]
    assert 'late_links' in moving.decision.clamped
    for _ in range(47):
        moving.tick()
        moving.gate.links_missing("tf: no transform from 'forearm_link' to 'base_link'")
    moving.check_stopped('stale_links', "no transform from 'forearm_link' to 'base_link'")


def test_a_link_that_is_not_finite_stops_at_once(moving):
    poses = {**moving.poses(), 'forearm_link': np.full((4, 4), NAN)}
    moving.gate.links(moving.now, moving.now, poses)
    moving.check_stopped('nonfinite_links')


@pytest.mark.parametrize(
    ('frame', 'points', 'reason'),
    [
        ('camera', np.zeros((5, 3)), "frame 'camera', allowed 'base_link'"),
        ('base_link', np.full((5, 3), NAN), 'no point is finite'),
    ],
)
def test_a_cloud_of_which_nothing_can_be_made_is_no_sign_of_life(moving, frame, points, reason):
    moving.muted = {'cloud'}
    for _ in range(67):
        moving.tick()
        moving.gate.cloud(moving.now, moving.now, frame, points, np.full(5, Label.BODY))
    moving.check_stopped('stale_cloud', reason)


def test_of_an_arm_that_is_not_trusted_the_points_keep_the_links_away(moving):
    """And with the distances of any link, also from the gripper."""
    at = {'labels': np.full(5, Label.ARM), 'points': beside(0.02)}
    moving.muted = {'cloud'}
    for confidence, slowed in ((1.0, False), (0.2, True)):
        moving.arm = ARM._replace(confidence=np.full(4, confidence))
        for _ in range(20):
            moving.tick()
            moving.gate.cloud(moving.now, moving.now, 'base_link', **at)
        assert (not moving.decision.command.any()) == slowed


def test_reset_is_refused_while_the_cause_persists(moving):
    moving.force = np.array([50.0, 0.0, 0.0])
    moving.tick(3)
    result = moving.gate.reset(moving.now)
    assert not result.accepted
    assert 'refused, the cause persists: force_magnitude: force 50.0 N' in result.message
    moving.force = np.zeros(3)
    moving.tick()
    assert moving.gate.reset(moving.now).accepted


def test_an_input_that_is_not_required_may_be_absent():
    inputs = ArmInputsConfig(
        tool=InputConfig(required=False), perception=InputConfig(required=False)
    )
    bench = ArmBench(ArmGateConfig(inputs=inputs))
    bench.muted = {'tool', 'perception'}
    assert bench.moving().tick(100).state is GateState.PASSING
