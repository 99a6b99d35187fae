"""Contact of a footprint, against hand-computed cases and dense sampling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.geometry.outlines import contact

BOX = np.array([[0.21, 0.165], [-0.21, 0.165], [-0.21, -0.165], [0.21, -0.165]])
NOTCHED = np.array([[1, 1], [0, 0.2], [-1, 1], [-1, -1], [1, -1]], dtype=float)


def touches(polygon, pose, circles=(), segments=()):
    return contact(
        polygon,
        float(np.linalg.norm(polygon, axis=1).max()),
        *map(float, pose),
        np.array(circles, dtype=float).reshape(-1, 3),
        np.array(segments, dtype=float).reshape(-1, 4),
    )


@pytest.mark.parametrize(
    ('gap', 'expected'), [(0.0751, False), (0.0749, True)], ids=['clear', 'touching']
)
def test_circle_beside_the_flank(gap, expected):
    assert touches(BOX, (0, 0, 0), [(0.0, 0.165 + gap, 0.075)]) is expected


def test_corner_counts_as_a_rectangle_not_as_a_circle():
    diagonal = (0.21 + 0.06, 0.165 + 0.06)  # 0.085 m from the corner
    assert not touches(BOX, (0, 0, 0), [(*diagonal, 0.08)])
    assert touches(BOX, (0, 0, 0), [(*diagonal, 0.09)])
    assert math.hypot(*diagonal) - 0.09 < math.hypot(0.21, 0.165)


def test_turning_brings_a_corner_into_contact():
    post = [(0.26, 0.0, 0.02)]
    assert not touches(BOX, (0, 0, 0), post)
    assert touches(BOX, (0, 0, math.atan2(0.165, 0.21)), post)


def test_wall_through_the_body_and_wall_inside_it_touch():
    assert touches(BOX, (1, 1, 0.3), segments=[(0, 1, 2, 1)])
    assert touches(BOX, (1, 1, 0.3), segments=[(0.95, 1, 1.05, 1)])


def test_wall_beyond_the_flank_does_not_touch():
    assert not touches(BOX, (0, 0, 0), segments=[(-3, 0.17, 3, 0.17)])
    assert touches(BOX, (0, 0, 0), segments=[(-3, 0.16, 3, 0.16)])


def test_post_in_the_notch_of_a_polygon_does_not_touch():
    assert not touches(NOTCHED, (0, 0, 0), [(0.0, 0.7, 0.1)])
    assert touches(NOTCHED, (0, 0, 0), [(0.0, 0.25, 0.1)])


def test_circle_of_radius_zero_is_nobody():
    assert not touches(BOX, (0, 0, 0), [(0.0, 0.0, 0.0)])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_equals_dense_sampling_of_the_outline(seed):
    rng = np.random.default_rng(seed)
    pose = (*rng.uniform(-1, 1, 2), rng.uniform(-7, 7))
    x, y, radius = *rng.uniform(-1.5, 1.5, 2), rng.uniform(0.02, 0.3)
    c, s = math.cos(pose[2]), math.sin(pose[2])
    corners = BOX @ np.array([[c, s], [-s, c]]) + pose[:2]
    t = np.linspace(0, 1, 400)[:, None]
    outline = np.concatenate(
        [a + t * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    )
    local = np.array([[c, s], [-s, c]]) @ (np.array([x, y]) - pose[:2])
    distance = np.linalg.norm(outline - (x, y), axis=1).min()
    if (np.abs(local) < (0.21, 0.165)).all():
        distance = 0.0
    if abs(distance - radius) > 1e-3:
        assert touches(BOX, pose, [(x, y, radius)]) == (distance < radius)
