"""Routes and progress along them."""

import math

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.map.route import Route, check_route


@pytest.mark.parametrize(
    ('points', 'message'),
    [
        ([], 'received no pose'),
        ([[0, 0], [np.nan, 1]], r'pose 1 is \[nan, 1.0\]'),
        ([[0, 0], [np.inf, 1]], 'pose 1'),
        ([[0, 0, 0]], r'shape \(1, 3\)'),
        ([[0, 1e6]], '1000000 m'),
    ],
)
def test_a_route_that_cannot_be_right_is_refused(points, message):
    with pytest.raises(InvalidInputError, match=message):
        check_route(np.array(points))


def test_repeated_points_are_dropped():
    assert check_route(np.array([[0, 0], [0, 0], [1, 0]])).tolist() == [[0, 0], [1, 0]]


def test_progress_along_a_corner_by_hand():
    route = Route(np.array([[0, 0], [3, 0], [3, 4]]))
    assert route.length == 7.0
    route.update(np.array([1.0, 0.5]))
    assert route.remaining(np.array([1.0, 0.5])) == pytest.approx(6.0 + 0.5)
    assert route.ahead(1.0).tolist() == [2.0, 0.0]
    assert route.ahead(3.0).tolist() == pytest.approx([3.0, 1.0])
    assert route.ahead(99.0).tolist() == [3.0, 4.0]


def test_progress_never_falls_back_and_a_crossing_does_not_skip_ahead():
    route = Route(np.array([[0, 0], [6, 0], [6, 3], [3, 3], [3, -3]]))  # crosses itself at (3, 0)
    for x in np.arange(0.0, 3.05, 0.25):
        route.update(np.array([x, 0.0]))
    assert route.length - route.remaining(np.array([3.0, 0.0])) == pytest.approx(3.0)
    route.update(np.array([2.0, 0.0]))
    assert route.ahead(0.0).tolist() == pytest.approx([3.0, 0.0])


def test_a_single_goal_is_a_route():
    route = Route(np.array([[2.0, 1.0]]))
    route.update(np.zeros(2))
    assert route.remaining(np.zeros(2)) == pytest.approx(math.sqrt(5))
    assert route.ahead(1.0).tolist() == [2.0, 1.0]


def test_a_route_whose_frame_moved_keeps_its_progress():
    route = Route(np.array([[0.0, 0.0], [4.0, 0.0]]))
    route.update(np.array([1.5, 0.0]))
    route.replace(np.array([[0.0, 1.0], [4.0, 1.0]]))
    assert route.ahead(1.0).tolist() == [2.5, 1.0]
