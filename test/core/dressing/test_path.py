"""The tool's path over an arm: where it leads, on which side, and what it keeps off."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.path import PHASES, plan_path
from valet_core.dressing.control.path_config import PathConfig
from valet_core.geometry.limb import Limb
from valet_core.geometry.polyline import Polyline

UPPER, FOREARM, HAND = 0.30, 0.25, 0.18


def arm(flexion_deg, roll_deg=0.0, elevation_deg=-20.0):
    """An arm held out along -x from a shoulder at x = 0.8; joints shoulder to fingertip."""
    down = np.deg2rad(elevation_deg)
    upper = np.array([-np.cos(down), 0.0, np.sin(down)])
    side = np.array([0.0, np.sin(np.deg2rad(roll_deg)), np.cos(np.deg2rad(roll_deg))])
    side = side - upper * (side @ upper)
    side /= np.linalg.norm(side)
    bend = np.deg2rad(flexion_deg)
    fore = np.cos(bend) * upper + np.sin(bend) * side
    shoulder = np.array([0.8, 0.0, 0.3])
    elbow = shoulder + UPPER * upper
    wrist = elbow + FOREARM * fore
    return Limb(np.stack([shoulder, elbow, wrist, wrist + HAND * fore]))


def start_before(limb, gap=0.06):
    """The tool 8 cm beside the axis, before the fingertip, its fingers towards the person."""
    fore = limb.direction_at(0.0)
    # Above the hand; on the robot's side of one that points up.
    held = np.array([0.0, 0.0, 1.0]) if abs(fore[2]) < 0.9 else np.array([-1.0, 0.0, 0.0])
    side = held - fore * (fore @ held)
    T = np.eye(4)
    T[:3, 0], T[:3, 1], T[:3, 2] = [0, 1, 0], [0, 0, 1], [1, 0, 0]
    T[:3, 3] = limb.joints[3] - gap * fore + 0.08 * side / np.linalg.norm(side)
    return T


def plan(limb, **changes):
    return plan_path(limb, start_before(limb), PathConfig(**changes))


@pytest.mark.parametrize('flexion', [0.0, 20.0, 40.0, 80.0, 110.0])
def test_the_path_begins_at_the_tool_and_ends_past_the_shoulder(flexion):
    limb = arm(flexion)
    path = plan(limb)
    np.testing.assert_allclose(path.points[0], start_before(limb)[:3, 3])
    upper = limb.direction_at(limb.length)
    beyond = (path.points[-1] - limb.joints[0]) @ upper
    assert beyond == pytest.approx(PathConfig().end_overshoot, abs=1e-9)


@pytest.mark.parametrize('flexion', [0.0, 40.0, 110.0])
def test_phases_come_in_their_order(flexion):
    order = [PHASES.index(phase) for phase in plan(arm(flexion)).phases]
    assert order == sorted(order)
    assert set(plan(arm(flexion)).phases) == set(PHASES) - {'done'}


@pytest.mark.parametrize(('flexion', 'outside'), [(20.0, False), (90.0, True)])
def test_a_bent_elbow_is_passed_on_its_outside_and_a_straight_one_on_the_held_side(
    flexion, outside
):
    limb = arm(flexion)
    tip = limb.direction_at(0.0) - limb.direction_at(limb.length)
    path = plan(limb)
    rows = np.flatnonzero(np.array(path.phases) == 'elbow')
    offset = path.points[rows[0]] - limb.joints[1]
    assert (offset @ tip > 0.05) == outside


@pytest.mark.parametrize('clearance', [0.06, 0.10])
def test_the_clearance_is_the_distance_from_the_axis_along_forearm_and_upper_arm(clearance):
    limb = arm(0.0)
    path = plan(limb, clearance=clearance)
    later = [p for p, phase in zip(path.points, path.phases, strict=True) if phase != 'approach']
    gaps = limb.project(np.stack(later[-3:])).distance
    assert gaps[:2] == pytest.approx(clearance, abs=1e-9)


@settings(max_examples=40)
@given(
    flexion=st.floats(0.0, 115.0), roll=st.floats(-45.0, 45.0), elevation=st.floats(-70.0, 10.0)
)
def test_the_tool_never_comes_into_the_arm(flexion, roll, elevation):
    limb = arm(flexion, roll, elevation)
    path = Polyline(plan(limb).points)
    places = path.points_at(np.linspace(0.0, path.length, 200))
    assert limb.project(places).distance.min() > limb.radii.max()


# Rolled to one side: in a plane with the robot both sides of the elbow are as good.
@settings(max_examples=25)
@given(flexion=st.sampled_from([0.0, 20.0, 40.0, 80.0, 110.0]), yaw=st.floats(-3.1, 3.1))
def test_turning_the_whole_scene_about_the_vertical_turns_the_path(flexion, yaw):
    limb, c, s = arm(flexion, roll_deg=20.0), np.cos(yaw), np.sin(yaw)
    R = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    T = start_before(limb)
    turned = T.copy()
    turned[:3] = R @ T[:3]
    # The reach of the robot is measured from its base, about which the scene turns.
    config = PathConfig()
    there = plan_path(Limb(limb.joints @ R.T), turned, config)
    np.testing.assert_allclose(
        there.points, plan_path(limb, T, config).points @ R.T, atol=1e-9
    )


def test_the_tool_turns_with_the_limb_by_the_share_that_is_set():
    limb = arm(90.0)
    shares = (0.0, 0.5, 1.0)
    none, half, all_of = (plan(limb, turn=share, lean_deg=180.0).turns for share in shares)
    assert not none.any()
    np.testing.assert_allclose(2.0 * half, all_of)
    # From the forearm's direction to the upper arm's it turns by the flexion.
    assert np.linalg.norm(all_of, axis=1).max() >= np.deg2rad(89.0)


@pytest.mark.parametrize('flexion', [0.0, 40.0, 80.0, 110.0])
@pytest.mark.parametrize('roll', [-45.0, 0.0, 45.0])
def test_the_grippers_body_leans_from_the_side_of_the_limb_no_more_than_is_set(flexion, roll):
    limb = arm(flexion, roll)
    T, path = start_before(limb), plan(limb, lean_deg=50.0)
    back = Rotation.from_rotvec(path.turns).apply(-T[:3, 2])
    arcs = limb.project(path.points).arc
    nearest, along = limb.points_at(arcs), np.stack([limb.direction_at(arc) for arc in arcs])
    side = (path.points - nearest) / np.linalg.norm(path.points - nearest, axis=1)[:, None]
    # Waypoints beyond an end of the limb have no side to compare with.
    beside = np.abs(np.einsum('ni,ni->n', side, along)) < 0.05
    assert beside.sum() >= 4
    lean = np.rad2deg(np.arccos(np.clip(np.einsum('ni,ni->n', back, side), -1, 1)))
    assert lean[beside].max() <= 50.0 + 1e-6


def test_a_gripper_that_points_the_right_way_is_not_turned():
    assert not plan(arm(0.0), lean_deg=180.0).turns.any()


def test_a_body_on_the_other_side_of_the_limb_is_brought_round_it():
    limb = arm(0.0)
    T = start_before(limb)
    T[:3, :3] = np.column_stack([[1, 0, 0], [0, -1, 0], [0, 0, -1]])
    fore = limb.direction_at(0.0)
    T[:3, 2] = T[:3, 3] - limb.joints[3] + 0.06 * fore
    T[:3, 2] /= np.linalg.norm(T[:3, 2])  # the fingers point away from the axis
    turns = plan_path(limb, T, PathConfig(lean_deg=50.0)).turns
    # From 180 to 50 degrees, about the axis of the limb.
    np.testing.assert_allclose(np.abs(turns[0] @ fore), np.deg2rad(130.0), atol=1e-6)


@settings(max_examples=25)
@given(flexion=st.sampled_from([0.0, 40.0, 80.0, 110.0]), turn=st.floats(0.0, 1.0))
def test_a_mirrored_arm_gives_the_mirrored_path(flexion, turn):
    limb, M = arm(flexion, roll_deg=20.0), np.diag([1.0, -1.0, 1.0])
    T = start_before(limb)
    mirrored = T.copy()
    mirrored[:3, :3], mirrored[:3, 3] = M @ T[:3, :3] @ M, M @ T[:3, 3]
    config = PathConfig(turn=turn)
    path = plan_path(limb, T, config)
    other = plan_path(Limb(limb.joints @ M), mirrored, config)
    np.testing.assert_allclose(other.points, path.points @ M, atol=1e-9)
    # An axis of rotation turns the other way round where lengths are mirrored.
    np.testing.assert_allclose(other.turns, -path.turns @ M, atol=1e-6)
