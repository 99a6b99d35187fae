"""Distances of links from a person, and what they leave of a motion."""

from dataclasses import replace

import numpy as np
import pytest
from core.safety.gate_bench import placed
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from valet_core.common.errors import ConfigError
from valet_core.geometry.capsules import segment_distance
from valet_core.geometry.limb import Limb
from valet_core.perception.labels import Label
from valet_core.perception.robot_shape import RobotShape
from valet_core.safety.arm import MotionLimits, Separation, SeparationConfig, TwistLimiter
from valet_core.simulation.ur_kinematics import forward

# One joint at the origin turns a rod along x about z; the tool is at its end, 1 m away.
CONFIG = replace(
    SeparationConfig(), joints=('rod',), gripper=('hand',), cloud_least=2, arm_radii=(0.05,) * 3,
    link_slow=(0.10,) * 5, link_stop=(0.02,) * 5, link_contact=-0.01,
    body_slow=(0.12,) * 5, body_stop=(0.04,) * 5,
    gripper_slow=(0.06, 0.06, 0.06, 0.04, 0.04), gripper_stop=(0.01, 0.01, 0.01, -0.01, -0.01),
    gripper_contact=-0.02,
)  # fmt: skip
ROD = {'start': [0.2, 0.0, 0.0], 'end': [0.8, 0.0, 0.0], 'radius': 0.04}
HAND = {'start': [0.0, 0.0, 0.0], 'end': [0.0, 0.0, 0.1], 'radius': 0.03}
SHAPE = RobotShape.from_mapping(
    {'base_frame': 'base', 'tool_frame': 'tool',
     'links': {'base': [HAND], 'rod': [ROD], 'hand': [HAND]}}
)  # fmt: skip
POSES = {'rod': np.eye(4), 'hand': placed([1.0, 0.0, 0.0]), 'tool': placed([1.0, 0.0, 0.0])}
TOP = 0.2  # [m/s]
FAR = np.array([[9.0, 9, 9], [9.2, 9, 9], [9.4, 9, 9], [9.6, 9, 9]])


def arm_beside(point, gap, radius):
    """An arm along z whose upper arm's surface is so far in +y from a capsule about a point."""
    y = point[1] + radius + gap + 0.05
    return Limb(np.array([[point[0], y, z] for z in (-0.2, 0.2, 0.45, 0.6)]))


def turning(speed):
    """The twist of the tool by which the one joint turns, as fast as the tool goes [m/s]."""
    return np.array([0.0, speed, 0.0, 0.0, 0.0, speed])


@pytest.fixture
def rule():
    return Separation(CONFIG, SHAPE, 'tool', TOP)


def near_rod(rule, gap, phase='hand', at=0.5):
    rule.person.see_arm(arm_beside([at, 0.0, 0.0], gap, 0.04))
    rule.place(1.0, POSES, phase)
    return rule


def near_hand(rule, gap, phase='hand'):
    rule.person.see_arm(arm_beside([1.0, 0.0, 0.0], gap, 0.03))
    rule.place(1.0, POSES, phase)
    return rule


def test_the_nearest_link_is_told_with_its_distance(rule):
    pair = near_rod(rule, 0.07).nearest
    assert (pair.link, pair.part) == ('rod', 'upper arm')
    assert pair.gap == pytest.approx(0.07)
    assert (pair.slow, pair.stop) == (0.10, 0.02)
    assert near_hand(rule, 0.03).nearest.link == 'hand'


def test_halfway_between_slow_and_stop_half_of_the_top_speed_is_left(rule):
    near_rod(rule, 0.06)
    # The rod's middle goes half as fast as the tool: 0.1 of 0.2 m/s, which is what is allowed.
    assert rule.share(turning(0.2)) == pytest.approx(1.0, abs=1e-3)
    assert rule.share(turning(0.4)) == pytest.approx(0.5, rel=1e-3)
    assert rule.reason == 'rod is 0.060 m from the upper arm, slowed below 0.100 m, no nearer '\
        'than 0.020 m'  # fmt: skip


def test_a_point_farther_out_approaches_faster(rule):
    near_rod(rule, 0.06, at=0.8)
    assert rule.share(turning(0.4)) == pytest.approx(0.1 / 0.32, rel=1e-3)


def test_slowing_is_monotone_and_ends_at_stop(rule):
    shares = [near_rod(rule, gap).share(turning(0.2)) for gap in np.linspace(0.12, -0.03, 40)]
    assert shares[0] == 1.0 and (np.diff(shares) <= 1e-9).all()
    assert near_rod(rule, 0.0201).share(turning(0.2)) > 0.0
    assert near_rod(rule, 0.0199).share(turning(0.2)) == 0.0


@pytest.mark.parametrize('gap', [0.019, -0.03])
def test_below_stop_motion_away_and_along_is_free(rule, gap):
    near_hand(rule, gap - 0.01)
    assert rule.share([0.0, 0.1, 0.0, 0.0, 0.0, 0.0]) == 0.0
    assert rule.share([0.0, -0.2, 0.0, 0.0, 0.0, 0.0]) == 1.0
    assert rule.share([0.2, 0.0, 0.0, 0.0, 0.0, 0.0]) == 1.0
    near_rod(rule, gap)
    assert rule.share(turning(-0.2)) == 1.0


def test_a_turn_of_the_tool_that_swings_the_gripper_at_the_arm_counts(rule):
    # The arm is beside the gripper's far end, 0.1 m from the point that the tool turns about.
    y = 0.03 + 0.035 + 0.05
    rule.person.see_arm(Limb(np.array([[x, y, 0.1] for x in (0.8, 1.2, 1.4, 1.6)])))
    rule.place(1.0, POSES, 'hand')
    # Halfway, 0.1 m/s are allowed; about -x at 2 rad/s the end goes at 0.2 m/s.
    assert rule.share([0.0, 0.0, 0.0, -2.0, 0.0, 0.0]) == pytest.approx(0.5)
    assert rule.share([0.0, 0.0, 0.0, 2.0, 0.0, 0.0]) == 1.0


@pytest.mark.parametrize(
    ('phase', 'share'), [('hand', 0.4), ('elbow', 0.8), ('', 0.4), ('unheard of', 0.4)]
)
def test_distances_are_those_of_the_phase_and_the_largest_where_it_is_not_known(
    rule, phase, share
):
    near_hand(rule, 0.03, phase)
    assert rule.share([0.0, 0.2, 0.0, 0.0, 0.0, 0.0]) == pytest.approx(share)


def test_the_gripper_keeps_the_distance_of_any_link_from_the_body(rule):
    """Its own are from the arm only."""
    rule.person.see_points(*body([1.0, 0.03 + 0.06, 0.05]), arm_known=True)
    rule.place(1.0, POSES, 'elbow')
    assert rule.nearest.part == 'seen body'
    assert rule.share([0.0, 0.2, 0.0, 0.0, 0.0, 0.0]) == pytest.approx(0.5)


def test_other_links_have_distances_of_their_own_from_the_body(rule):
    rule.person.see_points(*body([0.5, 0.04 + 0.08, 0.0]), arm_known=True)
    rule.place(1.0, POSES, 'elbow')
    assert (rule.nearest.slow, rule.nearest.stop) == (0.12, 0.04)
    # Halfway 0.1 m/s are allowed, which the rod's middle has where the tool goes at 0.2 m/s.
    assert rule.share(turning(0.4)) == pytest.approx(0.5, rel=1e-3)


def body(*points, label=Label.BODY):
    """Each point twice, as two are asked for."""
    rows = np.repeat(np.array(points, dtype=np.float32), 2, axis=0)
    return rows, np.full(len(rows), label, dtype=np.uint8)


def test_fewer_points_than_are_asked_for_count_for_nothing(rule):
    points, labels = body([0.5, 0.09, 0.0])
    rule.person.see_points(points[:1], labels[:1], arm_known=True)
    rule.place(1.0, POSES, 'hand')
    assert rule.nearest is None
    rule.person.see_points(points, labels, arm_known=True)
    rule.place(1.0, POSES, 'hand')
    assert rule.nearest.gap == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(
    ('label', 'known', 'counts'),
    [
        (Label.BODY, True, True), (Label.ARM, True, False), (Label.ARM, False, True),
        (Label.GARMENT, False, False), (Label.OTHER, False, False),
    ],
)  # fmt: skip
def test_points_of_the_arm_count_where_it_is_not_known(rule, label, known, counts):
    rule.person.see_points(*body([0.5, 0.05, 0.0], label=label), arm_known=known)
    rule.place(1.0, POSES, '')
    assert (rule.share(turning(0.2)) < 1.0) == counts


def test_points_that_are_not_finite_are_left_out(rule):
    points, labels = body([0.5, 0.05, 0.0], [np.nan, 0.0, 0.0])
    rule.person.see_points(points, labels, arm_known=True)
    rule.place(1.0, POSES, 'hand')
    assert rule.nearest.gap == pytest.approx(0.01, abs=1e-6)


def test_a_link_beyond_contact_is_a_fault_that_says_what_is_allowed(rule):
    assert near_rod(rule, -0.009).fault() is None
    fault = near_rod(rule, -0.011).fault()
    assert fault.rule == 'separation'
    assert fault.reason == 'rod is -0.011 m from the upper arm, allowed -0.010 m'
    assert near_hand(rule, -0.019).fault() is None
    assert near_hand(rule, -0.021).fault() is not None


def test_where_the_axes_cross_nothing_moves(rule):
    rule.person.see_arm(Limb(np.array([[0.5, 0.0, z] for z in (-0.2, 0.2, 0.45, 0.6)])))
    rule.place(1.0, POSES, 'hand')
    assert rule.share(turning(0.1)) == rule.share(turning(-0.1)) == 0.0


def test_a_robot_that_goes_elsewhere_than_it_is_told_is_held(rule):
    """Near a singularity: told away, and measured to come nearer."""
    near_hand(rule, 0.005)
    assert rule.pace == 1.0
    nearer = {**POSES, 'hand': placed([1.0, 0.002, 0.0])}
    rule.place(1.05, nearer, 'hand')
    assert rule.pace == 0.0
    assert rule.reason.startswith('hand is 0.003 m from the upper arm')
    limiter = TwistLimiter(MotionLimits(), rule)
    for k in range(3):
        limited = limiter.clamp(2.0 + 0.01 * k, np.array([0.0, -0.1, 0.0, 0.0, 0.0, 0.0]))
    assert not limited.command.any() and 'separation' in limited.clamped
    rule.place(1.1, nearer, 'hand')
    assert rule.pace == 1.0


def test_what_is_forgotten_slows_nothing(rule):
    near_rod(rule, 0.0).forget()
    assert rule.share(turning(0.2)) == 1.0
    rule.place(2.0, POSES, 'hand')
    assert rule.nearest is None and rule.fault() is None


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'link_slow': (0.1,) * 4}, r'link_slow: received 4 values for 5 phases \(approach, '),
        ({'link_stop': (0.1,) * 5}, "link_stop: 0.1 m of phase 'approach' is not below link_slow"),
        ({'body_stop': (-0.02,) * 5}, 'link_contact: -0.01 m is above body_stop -0.02 m of phase'),
        ({'gripper_contact': 0.1}, 'gripper_contact: 0.1 m is above gripper_stop 0.01 m of phase'),
        ({'arm_radii': (0.05, -0.1, 0.1)}, 'arm_radii: -0.1 is below the allowed 0.0..0.3 m'),
        ({'joints': ()}, 'joints: '),
        ({'phases': ('hand',) * 5}, 'phases: '),
    ],
)
def test_a_wrong_table_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        replace(CONFIG, **change)


def test_a_gripper_that_the_robot_does_not_have_is_refused():
    with pytest.raises(ConfigError, match=r"gripper: \['claw'\] are no links.*are: rod, hand"):
        Separation(replace(CONFIG, gripper=('claw',)), SHAPE, 'tool', TOP)


UR = RobotShape.named('ur5e')
FINGERS = placed([0.0, 0.0, 0.1558])


def ur_poses(q):
    poses = forward(q)
    flange = poses['wrist_3_link']
    return {**poses, 'flange': flange, 'tool0': flange @ FINGERS}


def ur_gaps(q, limb, radii):
    """Of each capsule beyond the base to each of the arm, by itself. Shape (k, 3)."""
    robot = UR.in_base(ur_poses(q))
    start, end, radius = (part[1:] for part in robot)
    axes = segment_distance(start[:, None], end[:, None], limb.joints[:-1], limb.joints[1:])
    return axes - radius[:, None] - np.array(radii)


def joint_speeds(q, twist):
    """Those that make a twist of the tool, by differences; None near a singularity."""
    step, tool = 1e-6, lambda q: ur_poses(q)['tool0']
    columns = []
    for k in range(6):
        other = tool(q + step * np.eye(6)[k])
        W = (other[:3, :3] - tool(q)[:3, :3]) @ tool(q)[:3, :3].T / step
        turn = [W[2, 1], W[0, 2], W[1, 0]]
        columns.append([*((other - tool(q))[:3, 3] / step), *turn])
    jacobian = np.array(columns).T
    return np.linalg.solve(jacobian, twist) if np.linalg.cond(jacobian) < 50.0 else None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_motion_that_passes_brings_a_link_nearer_than_stop(data):
    """By the kinematics of the robot, which the rule does not know."""
    numbers = lambda n, size: np.array(  # noqa: E731
        data.draw(st.lists(st.floats(-size, size), min_size=n, max_size=n))
    )
    config = SeparationConfig()
    q = np.array([0.0, -1.3, 1.6, -1.5, -1.3, 0.4]) + numbers(6, 0.5)
    place = ur_poses(q)[data.draw(st.sampled_from(['forearm_link', 'wrist_1_link', 'flange']))]
    shoulder = place[:3, 3] + numbers(3, 0.15)
    limb = Limb(shoulder + np.array([[0, 0, 0], [0.3, 0, 0], [0.5, 0.1, 0], [0.6, 0.2, 0]]))
    twist = np.concatenate([numbers(3, 0.2), numbers(3, 0.5)])
    speeds = joint_speeds(q, twist)
    assume(speeds is not None and twist.any())
    rule = Separation(config, UR, 'tool0', 0.25)
    rule.person.see_arm(limb)
    rule.place(1.0, ur_poses(q), 'hand')
    share, step = rule.share(twist), 1e-5
    gaps = ur_gaps(q, limb, config.arm_radii)
    speed = (ur_gaps(q + step * speeds, limb, config.arm_radii) - gaps) / step
    fingers = np.array([name == 'flange' for name, c in UR.links.items() for _ in c.radius])[1:]
    stop = np.where(fingers, config.gripper_stop[1], config.link_stop[1])[:, None]
    slow = np.where(fingers, config.gripper_slow[1], config.link_slow[1])[:, None]
    allowed = 0.25 * np.clip((gaps - stop) / (slow - stop), 0.0, 1.0)
    allowed[gaps >= slow] = np.inf
    crossing = gaps < -0.03  # where a direction may not be told by differences
    assert (share * -speed <= allowed + 2e-3)[~crossing].all()
