"""Routes, progress along them, room to move and the way back."""

import math

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.footprint import blocked, scan_points, within
from valet_core.mobility.map.route import Route, check_route
from valet_core.mobility.sim.scenes import find_world
from valet_core.mobility.task.drive_progress import Progress
from valet_core.mobility.task.retreat import Retreat, Trail


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


def test_points_of_a_scan_are_in_the_base_frame():
    body = find_embodiment('jackal')
    scan = np.full(body.sensor.rays, np.inf)
    scan[0], scan[-1] = 1.0, np.nan
    (point,) = scan_points(body, scan)
    angle = -math.radians(135.0)
    assert point == pytest.approx([0.12 + math.cos(angle), math.sin(angle)])


def test_inside_and_near_a_polygon():
    square = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=float)
    points = np.array([[0, 0], [0.99, -0.99], [1.05, 0], [1.2, 0], [-3, 0]])
    assert within(square, points).tolist() == [True, True, False, False, False]
    assert within(square, points, 0.1).tolist() == [True, True, True, False, False]


def test_a_motion_is_blocked_by_what_lies_in_its_way_only():
    body = find_embodiment('jackal')  # front at 0.21 m
    points = np.array([[0.4, 0.0]])
    assert blocked(body, points, np.array([0.5, 0, 0]), 0.5, 0.0)  # reaches 0.46 m
    assert not blocked(body, points, np.array([0.5, 0, 0]), 0.3, 0.0)  # 0.36 m
    assert not blocked(body, points, np.array([-0.5, 0, 0]), 1.0, 0.0)


def test_standing_still_and_coming_no_closer_are_noticed():
    progress = Progress(still_time=2.0, still_distance=0.1, closer_time=5.0)
    for t in np.arange(0.0, 1.9, 0.1):
        assert not progress.problem(t, np.zeros(2), 5.0)
    assert 'moved 0.00 m' in progress.problem(2.1, np.zeros(2), 5.0)
    progress.restart(3.0)
    found = ''
    for t in np.arange(3.0, 9.0, 0.1):  # round and round
        found = progress.problem(t, np.array([math.cos(t), math.sin(t)]), 5.0)
        if found:
            break
    assert 'came no closer' in found and t == pytest.approx(8.0, abs=0.2)


def retreat_from(trail_points, pose, name='jackal'):
    trail = Trail()
    for point in trail_points:
        trail.add(np.array(point))
    body = find_embodiment(name)
    return Retreat(body, trail, np.array(pose), 0.6, 0.0)


def follow(retreat, pose):
    """Drive as the retreat says, exactly; return the final pose."""
    from valet_core.mobility.body.drive_model import integrate

    pose = np.array(pose, dtype=float)
    for step in range(200):
        command = retreat.step(pose, np.zeros((0, 2)), 0.05 * step)
        if command is None:
            break
        integrate(pose, *(float(v) for v in command), 0.05)
    return pose


def test_the_way_back_is_the_way_that_it_came():
    way = [(x, 0.0) for x in np.arange(0.0, 2.01, 0.05)]
    pose = follow(retreat_from(way, (2.0, 0.0, 0.0)), (2.0, 0.0, 0.0))
    assert pose == pytest.approx([1.4, 0.0, 0.0], abs=0.03)


def test_the_way_back_follows_a_curve():
    angles = np.arange(0.0, 1.2, 0.04)  # a circle of 1.5 m to the left
    way = [(1.5 * math.sin(a), 1.5 - 1.5 * math.cos(a)) for a in angles]
    pose = follow(retreat_from(way, (*way[-1], angles[-1])), (*way[-1], angles[-1]))
    assert math.hypot(pose[0], pose[1] - 1.5) == pytest.approx(1.5, abs=0.06)
    assert pose[2] < angles[-1] - 0.25


def test_without_a_way_back_it_turns_if_it_can():
    assert retreat_from([(0, 0)], (0, 0, 0)).kind == 'turn'
    assert retreat_from([(0, 0)], (0, 0, 0), 'forklift').kind == 'wait'
    pose = follow(retreat_from([(0, 0)], (0, 0, 0)), (0, 0, 0))
    assert abs(pose[2]) == pytest.approx(1.0, abs=0.06)


def test_a_way_back_that_is_blocked_is_given_up():
    way = [(x, 0.0) for x in np.arange(0.0, 2.01, 0.05)]
    retreat = retreat_from(way, (2.0, 0.0, 0.0))
    assert retreat.step(np.array([2.0, 0, 0]), np.array([[-0.25, 0.0]]), 0.0) is None


def test_worlds_by_name_and_from_a_file(tmp_path):
    body = find_embodiment('jackal')
    assert find_world('barn', 3, body).name == find_world('barn', 3, body).name
    file = tmp_path / 'mine.jsonl'
    file.write_text('{"world": 4, "cylinders": [[0, 0]], "path": [[-2, 5]]}\n')
    assert find_world(str(file), 0, body).circles.shape == (1, 3)
    with pytest.raises(InvalidInputError, match='seed: received 1; allowed: 0..0'):
        find_world(str(file), 1, body)
    with pytest.raises(InvalidInputError, match='task: received 9'):
        find_world('barn', 3, body, 9)
    with pytest.raises(InvalidInputError, match="scene: received 'moon'"):
        find_world('moon', 0, body)
