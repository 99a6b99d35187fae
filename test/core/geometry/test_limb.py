"""The limb: arc length from the fingertip, projection and dressed ratios."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_core.geometry.limb import Limb

# Upper arm 0.3 m down, forearm 0.25 m forward, hand 0.15 m forward.
JOINTS = np.array([[0, 0, 1.0], [0, 0, 0.7], [0.25, 0, 0.7], [0.40, 0, 0.7]])
LIMB = Limb(JOINTS)


def test_arc_length_runs_from_the_fingertip_to_the_shoulder():
    np.testing.assert_allclose(LIMB.cumulative, [0.0, 0.15, 0.40, 0.70])
    assert (LIMB.wrist_arc, LIMB.elbow_arc, LIMB.length) == pytest.approx((0.15, 0.40, 0.70))


def test_points_and_directions_point_to_the_shoulder():
    np.testing.assert_allclose(LIMB.point_at(0.0), JOINTS[3])
    np.testing.assert_allclose(LIMB.point_at(0.25), [0.15, 0, 0.7])
    np.testing.assert_allclose(LIMB.point_at(0.50), [0, 0, 0.8], atol=1e-12)
    np.testing.assert_allclose(LIMB.direction_at(0.05), [-1, 0, 0])
    np.testing.assert_allclose(LIMB.direction_at(0.50), [0, 0, 1])


def test_arcs_beyond_the_limb_are_clipped():
    np.testing.assert_allclose(LIMB.point_at(-1.0), JOINTS[3])
    np.testing.assert_allclose(LIMB.point_at(9.0), JOINTS[0])


@pytest.mark.parametrize(
    ('arc', 'segment'), [(0.0, 0), (0.149, 0), (0.151, 1), (0.39, 1), (0.41, 2), (0.7, 2)]
)
def test_segments_count_from_the_hand(arc, segment):
    assert LIMB.segment_at(arc) == segment


def test_elbow_flexion_is_zero_for_a_straight_arm_and_grows_with_the_bend():
    straight = Limb([[0, 0, 0], [0.3, 0, 0], [0.55, 0, 0], [0.7, 0, 0]])
    assert straight.elbow_flexion == pytest.approx(0.0, abs=1e-7)
    assert LIMB.elbow_flexion == pytest.approx(np.pi / 2)


def test_projection_gives_arc_and_distance():
    arcs, gaps = LIMB.project(np.array([[0.2, 0.05, 0.7], [0.1, 0, 0.9], [0.5, 0, 0.7]]))
    np.testing.assert_allclose(arcs, [0.20, 0.60, 0.0])
    np.testing.assert_allclose(gaps, [0.05, 0.10, 0.10])


@pytest.mark.parametrize(
    ('arc', 'upper', 'whole'),
    [(0.0, 0, 0), (0.15, 0, 0), (0.275, 0, 0.125 / 0.55), (0.55, 0.5, 0.40 / 0.55), (0.7, 1, 1)],
)
def test_dressed_ratios_by_hand(arc, upper, whole):
    assert LIMB.dressed_ratios(arc) == pytest.approx((upper, whole))


def test_dressed_ratios_stay_at_one_past_the_shoulder():
    assert LIMB.dressed_ratios(2.0) == (1.0, 1.0)


def test_joints_are_a_frozen_copy():
    joints = JOINTS.copy()
    limb = Limb(joints)
    joints[0] = 9.0
    np.testing.assert_array_equal(limb.joints, JOINTS)
    with pytest.raises(ValueError, match='read-only'):
        limb.joints[0] = 1.0


@pytest.mark.parametrize(
    'joints',
    [np.zeros((3, 3)), np.full((4, 3), np.nan), np.zeros((4, 3))],
    ids=['shape', 'not finite', 'coincident'],
)
def test_bad_joints_are_refused_with_what_was_received(joints):
    with pytest.raises(ValueError, match='joints'):
        Limb(joints)


@given(arc=st.floats(0.0, 0.7))
def test_a_point_of_the_axis_projects_onto_itself(arc):
    found = LIMB.project(LIMB.point_at(arc)[None])
    assert found.arc[0] == pytest.approx(arc, abs=1e-9)
    assert found.distance[0] == pytest.approx(0.0, abs=1e-9)


@given(arcs=st.lists(st.floats(-0.2, 1.0), min_size=1, max_size=5))
def test_many_points_are_the_same_as_one_by_one(arcs):
    expected = [LIMB.point_at(arc) for arc in arcs]
    np.testing.assert_allclose(LIMB.points_at(np.array(arcs)), expected, atol=1e-12)
