"""Ranges against hand-computed geometry and a naive loop over rays and obstacles."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.geometry.rays import scan, tables


def cast(pose, circles, segments, fov=2 * math.pi, rays=36, limit=10.0):
    full = fov >= 2 * math.pi
    start, step = -fov / 2, fov / (rays if full else rays - 1)
    angles = start + step * np.arange(rays)
    ranges = np.empty(rays)
    circles = np.array(circles, dtype=float).reshape(-1, 3)
    segments = np.array(segments, dtype=float).reshape(-1, 4)
    pose = np.array(pose, dtype=float)
    scan(ranges, *tables(angles), start, step, pose, limit, circles, segments)
    return angles, ranges


def naive(pose, angles, circles, segments, limit):
    """One ray after the other, one obstacle after the other."""
    result = []
    for angle in angles + pose[2]:
        d = np.array([math.cos(angle), math.sin(angle)])
        best = limit
        for x, y, radius in circles:
            c = np.array([x, y]) - pose[:2]
            if c @ c <= radius**2:
                best = 0.0
                continue
            along = c @ d
            inside = radius**2 - (c @ c - along**2)
            if inside >= 0 and along > 0:
                best = min(best, along - math.sqrt(inside))
        for x1, y1, x2, y2 in segments:
            p, e = np.array([x1, y1]) - pose[:2], np.array([x2 - x1, y2 - y1])
            matrix = np.array([[d[0], -e[0]], [d[1], -e[1]]])
            if abs(np.linalg.det(matrix)) < 1e-12:
                continue
            t, u = np.linalg.solve(matrix, p)
            if t >= 0 and 0 <= u <= 1:
                best = min(best, t)
        result.append(best)
    return np.array(result)


def test_ray_meets_a_circle_at_its_near_side():
    angles, ranges = cast((1, 2, math.pi / 2), [(1, 5, 0.5)], [])
    assert ranges[18] == pytest.approx(2.5)
    assert angles[18] == pytest.approx(0.0)
    assert ranges[0] == 10.0


def test_ray_meets_a_wall_obliquely():
    _, ranges = cast((0, 0, 0), [], [(2, -5, 2, 5)], rays=8)
    assert ranges[4] == pytest.approx(2.0)
    assert ranges[5] == pytest.approx(2.0 * math.sqrt(2.0))
    assert ranges[6] == 10.0


def test_wall_that_ends_before_the_ray_is_missed():
    _, ranges = cast((0, 0, 0), [], [(2, 0.1, 2, 5)], rays=8)
    assert ranges[4] == 10.0


def test_obstacle_behind_a_partial_scan_is_not_seen():
    _, ranges = cast((0, 0, 0), [(-1, 0, 0.3)], [], fov=math.radians(270), rays=270)
    assert (ranges == 10.0).all()


def test_obstacle_across_the_seam_of_a_full_scan_is_seen_on_both_sides():
    _, ranges = cast((0, 0, 0), [(-2, 0, 0.5)], [], rays=360)
    assert ranges[0] == pytest.approx(1.5)
    assert ranges[1] < 10.0
    assert ranges[-1] < 10.0


def test_sensor_inside_a_circle_reads_zero():
    _, ranges = cast((0, 0, 0), [(0.1, 0, 0.5)], [])
    assert (ranges == 0.0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([math.pi / 2, math.radians(270), 2 * math.pi]))
def test_equals_a_naive_loop(seed, fov):
    rng = np.random.default_rng(seed)
    circles = np.concatenate([rng.uniform(-4, 4, (8, 2)), rng.uniform(0.05, 0.6, (8, 1))], axis=1)
    segments = rng.uniform(-5, 5, (8, 4))
    pose = np.array([*rng.uniform(-3, 3, 2), rng.uniform(-7, 7)])
    angles, ranges = cast(pose, circles, segments, fov=fov, rays=91, limit=6.0)
    np.testing.assert_allclose(ranges, naive(pose, angles, circles, segments, 6.0), atol=1e-6)
