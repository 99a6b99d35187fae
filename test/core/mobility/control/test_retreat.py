"""The way back out of where a base is stuck."""

import math

import numpy as np
import pytest

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.control.following.retreat import Retreat, Trail


def retreat_from(trail_points, pose, name='jackal'):
    trail = Trail()
    for point in trail_points:
        trail.add(np.array(point))
    body = find_embodiment(name)
    return Retreat(body, trail, np.array(pose), 0.6, 0.0)


def follow(retreat, pose):
    """Drive as the retreat says, exactly; return the final pose."""
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
