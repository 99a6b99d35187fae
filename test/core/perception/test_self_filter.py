"""The robot's own points are found by its kinematics, and others are left alone."""

import time

import numpy as np
import pytest
from places import CONFIG

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.perception.robot_shape import Capsules, RobotShape, surface_distance
from valet_core.perception.self_filter import SelfFilter
from valet_core.simulation.capsule_fit import link_surfaces
from valet_core.simulation.robot import RobotArm

SHAPES = CONFIG / 'robot_ur5e.yaml'
ONE = {
    'base_frame': 'base_link',
    'tool_frame': 'tool0',
    'links': {'tip': [{'start': [0, 0, 0], 'end': [0, 0, 1], 'radius': 0.1}]},
}


@pytest.fixture(scope='module')
def shape() -> RobotShape:
    return RobotShape.load(SHAPES)


def test_distance_from_a_capsule_by_hand() -> None:
    capsules = Capsules.from_rows(np.array([[0, 0, 0, 0, 0, 1, 0.1]]))
    points = np.array([[0.3, 0.0, 0.5], [0.0, 0.0, 1.3], [0.0, 0.05, 0.2], [0.3, 0.4, -0.0]])
    np.testing.assert_allclose(surface_distance(capsules, points), [0.2, 0.2, -0.05, 0.4])


def test_mask_by_hand_follows_the_link_and_the_padding() -> None:
    T = np.eye(4)
    T[:3, 3] = (2.0, 0.0, 0.0)
    points = np.array([[2.11, 0.0, 0.5], [2.13, 0.0, 0.5], [0.0, 0.0, 0.5]])
    filtering = SelfFilter(RobotShape.from_mapping(ONE), padding=0.02)
    assert filtering.mask(points, {'tip': T}).tolist() == [True, False, False]


def test_mask_marks_only_among_the_points_asked_for() -> None:
    points = np.array([[0.05, 0.0, 0.5], [0.0, 0.05, 0.5]])
    filtering = SelfFilter(RobotShape.from_mapping(ONE))
    among = np.array([False, True])
    assert filtering.mask(points, {'tip': np.eye(4)}, among).tolist() == [False, True]


def test_mask_is_the_distance_from_the_capsules(shape: RobotShape) -> None:
    poses = RobotArm(np.eye(4)).link_transforms()
    points = np.random.default_rng(1).uniform(-0.8, 0.8, (40_000, 3))
    distance = surface_distance(shape.in_base(poses), points)
    own, clear = SelfFilter(shape, 0.02).mask(points, poses), abs(distance - 0.02) > 1e-5
    np.testing.assert_array_equal(own[clear], (distance < 0.02)[clear])
    assert 200 < own.sum() < 4_000


def test_capsules_cover_all_that_is_drawn_and_are_tight(shape: RobotShape) -> None:
    surfaces = link_surfaces(500)
    assert set(surfaces) == set(shape.links)
    for link, points in surfaces.items():
        distance = surface_distance(shape.links[link], points)
        assert distance.max() < 0.01, link
        # Where the outside is, capsules are near: not a bag around the link.
        assert np.percentile(distance, 95) > -0.01, link


def test_moved_with_the_joints_they_still_cover_the_robot(shape: RobotShape) -> None:
    robot, rng = RobotArm(np.eye(4)), np.random.default_rng(0)
    surfaces = link_surfaces(100)
    filtering = SelfFilter(shape, padding=0.01)
    for _ in range(5):
        robot.restore(robot.snapshot()._replace(q=rng.uniform(-2, 2, 6)))
        poses = robot.link_transforms()
        for link, points in surfaces.items():
            T = poses.get(link, np.eye(4))
            assert filtering.mask(points @ T[:3, :3].T + T[:3, 3], poses).all(), link


def test_fast_enough_for_every_frame(shape: RobotShape) -> None:
    robot = RobotArm(np.eye(4))
    points = np.random.default_rng(0).uniform(-1, 1, (20_000, 3)).astype(np.float32)
    filtering, poses = SelfFilter(shape), robot.link_transforms()
    durations = []
    for _ in range(30):
        start = time.thread_time()
        filtering.mask(points, poses)
        durations.append(time.thread_time() - start)
    assert np.median(durations) < 0.002  # a third of a millisecond on a quiet machine


def test_missing_link_pose_is_named(shape: RobotShape) -> None:
    with pytest.raises(InvalidInputError, match="no pose of link 'shoulder_link'"):
        SelfFilter(shape).mask(np.zeros((1, 3)), {})


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'extra': 1}, 'expected keys'),
        ({'links': {}}, 'links must map'),
        ({'links': {'tip': [{'start': [0, 0, 0], 'end': [0, 0, 1]}]}}, 'tip: a capsule has'),
        ({'links': {'tip': [{'start': [0, 0], 'end': [0, 0, 1], 'radius': 1}]}}, '3 numbers'),
        ({'links': {'tip': [{'start': [0] * 3, 'end': [0] * 3, 'radius': -1}]}}, 'radius > 0'),
    ],
)
def test_malformed_robot_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RobotShape.from_mapping({**ONE, **change})
