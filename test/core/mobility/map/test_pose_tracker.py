"""Poses from scans: they follow true motion where odometry does not, and never run away."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.geometry.rays import scan, tables
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.map.pose_tracker import MOST, MOST_TURN, PoseTracker
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import box_segments

BODY = find_embodiment('g1')  # half a circle of view, 3 cm of noise


def look(segments, pose, rng=None, circles=(), body=BODY):
    """Scan (R,) of walls (S, 4) from a base at pose (3,)."""
    sensor, (c, s) = body.sensor, (math.cos(pose[2]), math.sin(pose[2]))
    mount = sensor.pose
    at = np.array([pose[0] + c * mount[0] - s * mount[1], pose[1] + s * mount[0] + c * mount[1],
                   pose[2] + mount[2]])  # fmt: skip
    row = np.empty(sensor.rays)
    scan(row, *tables(sensor.angles - math.radians(sensor.yaw_deg)), sensor.angle_min,
         sensor.increment, at, sensor.range_max, np.reshape(circles, (-1, 3)),
         segments)  # fmt: skip
    return row if rng is None else row + rng.normal(0.0, sensor.noise, row.shape)


ROOM = np.concatenate([box_segments(1.0, 0.5, 6.0, 5.0), box_segments(2.5, 1.5, 0.8, 0.6, 0.4)])


def drive_round(scale, turn_scale, rng, body=BODY):
    """Walk and turn about a room with bad odometry; true, odometry's and tracked pose at the end.

    The pose of odometry, (3,), is scaled in what is driven and turned.
    """
    tracker = PoseTracker(body)
    true, odom = np.zeros(3), np.zeros(3)
    tracked = tracker.update(look(ROOM, true, rng, body=body), odom)
    for step in range(300):
        forward, turn = (0.02, 0.0) if step % 100 < 50 else (0.0, math.pi / 2 / 50)
        for pose, a, b in ((true, 1.0, 1.0), (odom, scale, turn_scale)):
            pose[2] += b * turn
            pose[:2] += a * forward * np.array([math.cos(pose[2]), math.sin(pose[2])])
        tracked = tracker.update(look(ROOM, true, rng, body=body), odom)
    return true, odom, tracked, tracker


def test_wrong_scales_of_odometry_are_made_up_for():
    true, odom, tracked, _ = drive_round(1.1, 1.06, np.random.default_rng(1))
    assert abs(odom[2] - true[2]) > 0.2  # what there is to make up for
    assert tracked[:2] == pytest.approx(true[:2], abs=0.05)
    assert tracked[2] == pytest.approx(true[2], abs=0.03)


@pytest.mark.parametrize('name', ['g1', 'go1', 'omni', 'forklift', 'jackal_real'])
def test_good_odometry_is_not_made_worse(name):
    true, _, tracked, _ = drive_round(1.0, 1.0, np.random.default_rng(2), find_embodiment(name))
    assert tracked == pytest.approx(true, abs=0.03)


def test_along_a_bare_corridor_it_keeps_to_odometry():
    walls = np.array([[-50.0, -1.0, 50.0, -1.0], [-50.0, 1.0, 50.0, 1.0]])
    tracker, rng = PoseTracker(BODY), np.random.default_rng(3)
    for step in range(100):
        x = 0.02 * step
        pose = tracker.update(look(walls, (x, 0.0, 0.0), rng), np.array([x, 0.002 * step, 0.0]))
    assert pose[0] == pytest.approx(1.98, abs=0.05)
    assert abs(pose[1]) < 0.05  # across, the walls say where it is


def test_where_nothing_is_seen_odometry_is_taken():
    tracker = PoseTracker(BODY)
    blank = np.full(BODY.sensor.rays, BODY.sensor.range_max)
    for step in range(20):
        pose = tracker.update(blank, np.array([0.1 * step, 0.0, 0.05 * step]))
    assert pose == pytest.approx([1.9, 0.0, 0.95])


def test_it_begins_where_odometry_is():
    first = np.array([3.0, -2.0, 1.0])
    assert PoseTracker(BODY).update(look(ROOM, (0, 0, 0)), first) == pytest.approx(first)


def test_places_of_the_present_odometry_go_where_the_tracker_has_them():
    true, odom, tracked, tracker = drive_round(1.1, 1.06, np.random.default_rng(4))
    ahead = odom[:2] + 2.0 * np.array([math.cos(odom[2]), math.sin(odom[2])])
    expected = tracked[:2] + 2.0 * np.array([math.cos(tracked[2]), math.sin(tracked[2])])
    assert tracker.from_odom(ahead) == pytest.approx(expected)
    pose = tracker.from_odom(np.array([[*odom[:2], odom[2]]]))
    assert pose[0] == pytest.approx(tracked)


def test_odometry_whose_heading_wraps_is_followed():
    tracker, yaw = PoseTracker(BODY), 0.0
    for step in range(120):
        yaw = 0.06 * step
        wrapped = math.remainder(yaw, 2.0 * math.pi)
        pose = tracker.update(look(ROOM, (0.0, 0.0, yaw)), np.array([0.0, 0.0, wrapped]))
    assert pose == pytest.approx([0.0, 0.0, yaw], abs=0.03)


def test_before_the_first_scan_odometry_is_all_there_is():
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert PoseTracker(BODY).from_odom(points) == pytest.approx(points)


def test_people_who_walk_by_do_not_carry_it_along():
    tracker, rng = PoseTracker(BODY), np.random.default_rng(5)
    for step in range(120):
        walker = [[1.5, -2.0 + 0.04 * step, 0.25]]
        pose = tracker.update(look(ROOM, np.zeros(3), rng, walker), np.zeros(3))
    assert pose == pytest.approx(np.zeros(3), abs=0.03)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_one_scan_corrects_only_so_much(seed):
    rng = np.random.default_rng(seed)
    tracker = PoseTracker(BODY)
    tracker.update(look(ROOM, np.zeros(3)), np.zeros(3))
    other = look(ROOM, rng.uniform((-0.5, -0.5, -1.0), (0.5, 0.5, 1.0)))
    pose = tracker.update(other, np.zeros(3))
    assert np.hypot(*pose[:2]) < MOST and abs(pose[2]) < MOST_TURN


def test_drift_falls_in_generated_offices():
    errors = []
    for seed in (5, 6, 7):
        world = generate('office', seed, BODY)
        sim = PlanarSim(BODY, [world], 1, SimConfig(period=0.05, timeout=60.0), seed)
        seen, tracker = sim.reset(), PoseTracker(BODY)
        start = sim.pose[0].copy()
        turns = np.random.default_rng(seed).choice([-0.8, 0.8], size=10)
        for step in range(400):
            turn = turns[step // 40]
            seen, outcome = sim.step(np.array([[0.0, 0.0, turn]]))
            pose = tracker.update(seen.scan[0], seen.odom[0])
            if outcome.done[0]:
                break
        turned = math.remainder(sim.pose[0, 2] - start[2], 2.0 * math.pi)
        errors.append([abs(math.remainder(p[2] - turned, 2.0 * math.pi))
                       for p in (pose, seen.odom[0])])  # fmt: skip
    tracked, odometry = np.mean(errors, axis=0)
    assert tracked < 0.5 * odometry
