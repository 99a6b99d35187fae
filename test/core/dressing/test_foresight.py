"""What a path would do to the person and ask of the robot."""

import numpy as np
import pytest
from core.dressing.test_path import arm

from valet_core.dressing.control.choice import robot_foresight
from valet_core.dressing.control.foresight import TOOL_OFFSET, person_around
from valet_core.dressing.control.path import ToolPath
from valet_core.geometry.capsules import segment_distance
from valet_core.perception.self_filter import Capsules, RobotShape, surface_distance
from valet_core.simulation.robot import RobotArm, tool_solutions
from valet_core.simulation.robot_model import TOOL_OFFSET as OF_THE_MODEL
from valet_core.simulation.ur_motion import branch_of, preferred

FAR = Capsules.from_rows(np.array([[9.0, 9.0, 9.0, 9.0, 9.0, 9.1, 0.05]]))


def down_at(x, y, z):
    """A tool that points down."""
    T = np.eye(4)
    T[:3, :3] = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
    T[:3, 3] = x, y, z
    return T


def look(T, to, person=FAR):
    """The outlook of the straight way from a tool's pose to a point."""
    path = ToolPath(np.stack([T[:3, 3], to]), np.zeros((2, 3)), ('approach', 'approach'))
    branch = branch_of(preferred(tool_solutions(T)))
    return robot_foresight('ur5e').look([path], T[:3, :3], branch, person)[0]


def test_the_tool_is_where_the_robot_model_has_it():
    assert TOOL_OFFSET == OF_THE_MODEL


def test_the_gap_is_that_of_the_simulated_robot():
    T = down_at(0.45, 0.2, 0.3)
    person = Capsules.from_rows(np.array([[0.6, 0.2, 0.2, 0.6, 0.3, 0.2, 0.05]]))
    robot = RobotArm(np.eye(4))
    assert robot.reset(T)
    seen = look(T, T[:3, 3] + [0.1, 0.0, 0.0], person)
    own = RobotShape.named('ur5e').in_base(robot.link_transforms())
    gaps = segment_distance(own.start, own.end, person.start, person.end) - own.radius - 0.05
    assert seen.gap[0] == pytest.approx(gaps.min(), abs=1e-3)


def test_fingers_over_a_capsule_are_as_far_as_they_are_high():
    # The fingers' capsule ends 6.5 mm above the tool point and has 22.3 mm of radius.
    person = Capsules.from_rows(np.array([[0.45, 0.0, 0.0, 0.45, 0.4, 0.0, 0.05]]))
    seen = look(down_at(0.45, 0.2, 0.2), np.array([0.45, 0.2, 0.15]), person)
    expected = np.array([0.2, 0.15]) + 0.0065 - 0.0223 - 0.05
    np.testing.assert_allclose(seen.gap[[0, -1]], expected, atol=2e-3)


def test_a_way_out_of_reach_is_short_from_where_the_arm_ends():
    seen = look(down_at(0.5, 0.2, 0.2), np.array([1.5, 0.2, 0.2]))
    assert seen.short[0] == 0.0
    assert seen.short[-1] > 0.3
    beyond = np.flatnonzero(seen.short > 0.0)
    assert (np.diff(seen.short[beyond]) > 0.0).all()


def test_the_person_covers_the_arm_and_a_trunk_on_the_inner_side():
    limb, inward = arm(60.0), np.array([0.0, 1.0, 0.0])
    person = person_around(limb, inward)
    points = limb.points_at(np.linspace(0.0, limb.length, 50))
    assert surface_distance(person, points).max() < 1e-6
    assert (person.start[3:] - limb.joints[0])[:, 1].min() > 0.1
