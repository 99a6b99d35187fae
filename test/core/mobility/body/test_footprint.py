"""A body among the points of a scan: where they are, and whether there is room to move."""

import math

import numpy as np
import pytest

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.footprint import blocked, scan_points, within


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
