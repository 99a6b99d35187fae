"""The choice among shapes of the path."""

import numpy as np
import pytest
from core.dressing.test_path import arm

from valet_core.dressing.control.choice import (
    choose_path,
    cost_of,
    posture_at,
    robot_foresight,
    variants,
)
from valet_core.dressing.control.foresight import Outlook
from valet_core.dressing.control.path import plan_path
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.person_around import person_around
from valet_core.dressing.control.waypoints import outward_of
from valet_core.geometry.limb import Limb

BASE = PathConfig()
HALF = np.sqrt(0.5)


def scene(flexion, roll, elevation=-20.0):
    """An arm beside the robot, across its front, and the tool that holds a garment above it."""
    limb = arm(flexion, roll, elevation)
    # The arm of the other tests points at the robot; here the robot stands abeam.
    R = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    joints = limb.joints @ R.T
    limb = Limb(joints + np.array([0.6, 0.05, 0.1]) - (joints[0] + joints[3]) / 2)
    T = np.eye(4)
    T[:3, 1], T[:3, 2] = [0.0, 1.0, 0.0], [HALF, 0.0, -HALF]
    T[:3, 0] = np.cross(T[:3, 1], T[:3, 2])
    fore = limb.direction_at(0.0)
    up = np.array([0.0, 0.0, 1.0]) - fore * fore[2]
    T[:3, 3] = limb.joints[3] - 0.06 * fore + 0.08 * up / np.linalg.norm(up)
    return limb, T


def costs(limb, T, configs):
    paths = [plan_path(limb, T, config) for config in configs]
    person = person_around(limb, -outward_of(T))
    looks = robot_foresight('ur5e').look(paths, T[:3, :3], posture_at(T), person)
    return np.array([cost_of(look) for look in looks])


SCENES = [(f, r, e) for f in (10.0, 60.0, 100.0) for r in (-40.0, 0.0, 40.0) for e in (-50.0, 0.0)]


@pytest.mark.parametrize('pose', SCENES)
def test_no_shape_is_cheaper_than_the_chosen_one(pose):
    limb, T = scene(*pose)
    choice = choose_path(limb, T, BASE, robot_foresight('ur5e'))
    options = variants(BASE)
    prior = np.array([v.prior for v in options])
    total = prior + costs(limb, T, [v.config for v in options])
    assert choice.cost == pytest.approx(total.min())


def test_of_shapes_with_nothing_against_them_the_wished_one_is_taken():
    taken = 0
    for pose in SCENES:
        limb, T = scene(*pose)
        choice = choose_path(limb, T, BASE, robot_foresight('ur5e'))
        if costs(limb, T, [variants(BASE)[0].config])[0] == 0.0:
            assert choice.config == variants(BASE)[0].config
            taken += 1
    assert taken > 0


def test_a_choice_is_the_same_again():
    limb, T = scene(60.0, 40.0)
    first, again = (choose_path(limb, T, BASE, robot_foresight('ur5e')) for _ in range(2))
    assert first == again


def test_where_the_robot_cannot_be_there_is_no_choice():
    limb, T = scene(60.0, 0.0)
    T[0, 3] += 5.0
    assert choose_path(limb, T, BASE, robot_foresight('ur5e')) is None


def outlook(gap=0.1, short=0.0, firm=0.5, room=1.0):
    columns = (value * np.ones(11) for value in (gap, short, firm, room))
    return Outlook(np.linspace(0.0, 1.0, 11), *columns)


def test_a_path_with_nothing_against_it_costs_nothing():
    assert cost_of(outlook()) == 0.0


@pytest.mark.parametrize('field', ['gap', 'short', 'firm', 'room'])
def test_what_comes_later_on_a_path_costs_less(field):
    bad = {'gap': -0.01, 'short': 0.05, 'firm': 0.01, 'room': 0.01}[field]
    found = []
    for at in (2, 5, 9):
        look = outlook()
        getattr(look, field)[at] = bad
        found.append(cost_of(look))
    assert found[0] > found[1] > found[2] > 0.9  # a tenth of the way undone is 1


def test_links_near_the_person_cost_before_they_touch():
    near = [cost_of(outlook(gap=gap)) for gap in (0.02, 0.01, 0.005, 0.001)]
    assert near == sorted(near)
    assert near[0] == 0.0 < near[1]
