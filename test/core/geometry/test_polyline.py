"""Paths of straight pieces by arc length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_core.geometry.polyline import Polyline

CORNER = Polyline([[0, 0, 0], [0.3, 0, 0], [0.3, 0.4, 0]])


def test_length_and_points_by_hand():
    assert CORNER.length == pytest.approx(0.7)
    np.testing.assert_allclose(
        CORNER.points_at(np.array([0.0, 0.1, 0.3, 0.5, 0.7])),
        [[0, 0, 0], [0.1, 0, 0], [0.3, 0, 0], [0.3, 0.2, 0], [0.3, 0.4, 0]],
    )


def test_arcs_beyond_the_ends_are_clipped():
    np.testing.assert_allclose(CORNER.points_at(np.array([-1.0, 5.0])), CORNER.points[[0, -1]])


def test_a_repeated_point_is_dropped():
    assert len(Polyline([[0, 0, 0], [0, 0, 0], [1, 0, 0]]).points) == 2


@pytest.mark.parametrize(
    ('points', 'message'),
    [
        ([[0, 0, 0], [0, 0, 0]], 'two distinct points'),
        ([[0, 0], [1, 1]], r'\(2, 2\)'),
        ([[0, 0, 0], [np.inf, 0, 0]], 'finite'),
    ],
)
def test_what_is_no_path_is_refused(points, message):
    with pytest.raises(InvalidInputError, match=message):
        Polyline(points)


@given(a=st.floats(0, 0.7), b=st.floats(0, 0.7))
def test_the_straight_way_is_never_longer_than_the_path(a, b):
    p, q = CORNER.points_at(np.array([a, b]))
    assert np.linalg.norm(p - q) <= abs(a - b) + 1e-9
