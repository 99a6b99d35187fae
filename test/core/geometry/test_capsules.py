"""Distances between segments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from valet_core.geometry.capsules import segment_distance


def distance(*ends):
    return float(segment_distance(*(np.array(e, dtype=float) for e in ends)))


@pytest.mark.parametrize(
    ('ends', 'expected'),
    [
        (([0, 0, 0], [1, 0, 0], [0.5, -1, 0.3], [0.5, 1, 0.3]), 0.3),  # crossing
        (([0, 0, 0], [1, 0, 0], [0, 2, 0], [1, 2, 0]), 2.0),  # parallel
        (([0, 0, 0], [1, 0, 0], [3, 0, 0], [5, 0, 0]), 2.0),  # in line
        (([0, 0, 0], [1, 0, 0], [2, 1, 0], [2, 3, 0]), np.sqrt(2)),  # end to end
        (([0, 0, 0], [0, 0, 0], [0, 3, 4], [0, 3, 4]), 5.0),  # two points
    ],
)
def test_distances_by_hand(ends, expected):
    assert distance(*ends) == pytest.approx(expected)


def test_many_pairs_at_once():
    starts = np.zeros((2, 3))
    ends = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    other = np.array([[0.5, 1, 0], [3.0, 0, 0]])
    np.testing.assert_allclose(segment_distance(starts, ends, other, other + 1e-9), [1.0, 3.0])


coordinates = arrays(float, (4, 3), elements=st.floats(-1, 1))


@given(coordinates)
def test_no_sampled_pair_of_points_is_nearer(ends):
    a0, a1, b0, b1 = ends
    share = np.linspace(0, 1, 15)[:, None]
    p, q = a0 + share * (a1 - a0), b0 + share * (b1 - b0)
    sampled = np.linalg.norm(p[:, None] - q[None], axis=2).min()
    found = distance(a0, a1, b0, b1)
    assert found <= sampled + 1e-6


@given(coordinates)
def test_the_order_of_the_segments_does_not_matter(ends):
    a0, a1, b0, b1 = ends
    assert distance(a0, a1, b0, b1) == pytest.approx(distance(b0, b1, a0, a1), abs=1e-5)
