"""What of an arm is seen, counted by hand."""

import numpy as np

from valet_core.geometry.limb import Limb
from valet_core.perception.arm_support import arm_support
from valet_core.perception.labels import Label

JOINTS = np.array([[0.0, 0.0, 0.0], [0.3, 0.0, 0.0], [0.3, 0.3, 0.0], [0.3, 0.5, 0.0]])
"""Upper arm along x, forearm and hand along y."""


def support(points, labels=None, joints=JOINTS):
    points = np.array(points, dtype=np.float32).reshape(-1, 3)
    labels = [Label.ARM] * len(points) if labels is None else labels
    return arm_support(joints, points, np.array(labels, dtype=np.uint8))


def test_points_count_to_the_nearest_bone():
    found = support([[0.1, 0.0, 0.05], [0.3, 0.1, 0.05], [0.25, 0.2, 0.0], [0.3, 0.45, 0.03]])
    assert found.bare.tolist() == [1, 2, 1]
    assert found.points == 4


def test_points_far_from_every_bone_do_not_count_to_one():
    assert support([[0.1, 0.0, 0.11], [0.1, 0.0, 0.12]]).bare.tolist() == [1, 0, 0]


def test_the_tip_of_the_elbow_counts_to_the_upper_arm():
    assert support([[0.35, -0.05, 0.0]]).bare.tolist() == [1, 0, 0]


def test_only_arm_is_bare_and_garment_counts_besides():
    labels = [Label.ARM, Label.GARMENT, Label.BODY, Label.OTHER]
    found = support([[0.1, 0.0, 0.0]] * 4, labels)
    assert (found.points, found.bare.tolist()) == (2, [1, 0, 0])


def test_a_joint_is_as_visible_as_points_are_near_it():
    near = [[0.0, 0.0, 0.079]] * 5 + [[0.3, 0.0, 0.079]] * 60 + [[0.3, 0.5, 0.081]] * 30
    np.testing.assert_allclose(support(near).visible, [0.2, 1.0, 0.0, 0.0])


def test_without_points_or_with_bones_of_no_length_nothing_is_bare():
    assert support([]).points == 0
    flat = JOINTS[[0, 0, 2, 3]]
    assert support([[0.1, 0.0, 0.0]], joints=flat).bare.tolist() == [0, 0, 0]
    assert support([[0.1, 0.0, 0.0]], joints=np.full((4, 3), np.nan)).bare.tolist() == [0, 0, 0]


def test_bones_are_those_of_the_limb():
    points = np.random.default_rng(0).uniform([-0.1, -0.1, -0.1], [0.45, 0.6, 0.1], (2000, 3))
    limb = Limb(JOINTS)
    found = limb.project(points.astype(np.float32))
    near = found.distance < 0.1125
    arcs = np.searchsorted(limb.cumulative[1:3], found.arc[near], side='right')
    assert support(points).bare.tolist() == np.bincount(arcs, minlength=3)[::-1].tolist()
