"""Distances between the robot and a person."""


import numpy as np
import pytest
from places import CONFIG

from valet_core.perception.robot_shape import RobotShape
from valet_core.simulation.clearance import robot_clearance, segment_distance
from valet_core.simulation.person import Capsule
from valet_core.simulation.robot import RobotArm

SHAPES = CONFIG / 'robot_ur5e.yaml'


@pytest.mark.parametrize(
    ('a', 'b', 'distance'),
    [
        (([0, 0, 0], [1, 0, 0]), ([0.5, -1, 1], [0.5, 1, 1]), 1.0),  # crossing
        (([0, 0, 0], [1, 0, 0]), ([2, 0, 0], [3, 0, 0]), 1.0),  # in line
        (([0, 0, 0], [1, 0, 0]), ([0, 2, 0], [1, 2, 0]), 2.0),  # parallel
        (([0, 0, 0], [1, 0, 0]), ([4, 4, 0], [4, 4, 0]), 5.0),  # a point
    ],
)
def test_distance_by_hand(a: tuple, b: tuple, distance: float) -> None:
    ends = [np.array(v, dtype=float) for v in (*a, *b)]
    assert segment_distance(*ends) == pytest.approx(distance)


def test_distance_agrees_with_dense_sampling() -> None:
    rng = np.random.default_rng(0)
    share = np.linspace(0, 1, 400)[:, None]
    for _ in range(50):
        a0, a1, b0, b1 = rng.normal(size=(4, 3))
        first, second = a0 + share * (a1 - a0), b0 + share * (b1 - b0)
        dense = np.linalg.norm(first[:, None] - second[None], axis=2).min()
        assert segment_distance(a0, a1, b0, b1) == pytest.approx(dense, abs=0.01)


def test_nearest_part_is_named_and_the_gap_follows_the_base() -> None:
    T = np.eye(4)
    T[:3, 3] = (1.0, 0.0, 0.5)
    robot, shape = RobotArm(T), RobotShape.load(SHAPES)
    low = np.array([1.0, -1.0, 0.53])
    parts = [
        Capsule('far', low - 5.0, low - 4.9, 0.1, 'torso'),
        Capsule('near', low, low + [0.0, 0.0, 0.01], 0.1, 'arm'),
    ]
    gap, name = robot_clearance(robot, shape, parts)
    assert name == 'near'
    assert 0.3 < gap < 0.95
