"""What a path would do to the person and ask of the robot."""

import numpy as np
import pytest
from core.dressing.test_path import arm

from valet_core.dressing.control.choice import robot_foresight
from valet_core.dressing.control.foresight import TOOL_OFFSET, Foresight
from valet_core.dressing.control.path import ToolPath
from valet_core.dressing.control.person_around import Person, person_around
from valet_core.geometry.capsules import segment_distance
from valet_core.geometry.limb import Limb
from valet_core.perception.robot_shape import Capsules, RobotShape, surface_distance
from valet_core.safety.arm.separation_config import SeparationConfig
from valet_core.simulation.robot import RobotArm, tool_solutions
from valet_core.simulation.robot_model import TOOL_OFFSET as OF_THE_MODEL
from valet_core.simulation.ur_motion import branch_of, preferred

AWAY = [9.0, 9.0, 9.0, 9.0, 9.0, 9.1, 0.05]


def person(upper_arm=AWAY, trunk=AWAY):
    """A person of whom all but these two capsules are far away."""
    arm = Capsules.from_rows(np.array([upper_arm, AWAY, AWAY]))
    return Person(arm, Capsules.from_rows(np.array([trunk])))


FAR = person()
GATE = SeparationConfig()
THICKER = GATE.arm_radii[0] - Limb.RADII[0]  # the gate takes the arm for that


def down_at(x, y, z):
    """A tool that points down."""
    T = np.eye(4)
    T[:3, :3] = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
    T[:3, 3] = x, y, z
    return T


def look(T, to, person=FAR, foresight=None):
    """The outlook of the straight way from a tool's pose to a point."""
    path = ToolPath(np.stack([T[:3, 3], to]), np.zeros((2, 3)), ('approach', 'approach'))
    branch = branch_of(preferred(tool_solutions(T)))
    return (foresight or robot_foresight('ur5e')).look([path], T[:3, :3], branch, person)[0]


def test_the_tool_is_where_the_robot_model_has_it():
    assert TOOL_OFFSET == OF_THE_MODEL


@pytest.mark.parametrize('where', ['upper_arm', 'trunk'])
def test_the_gap_is_that_of_the_simulated_robot_beyond_what_the_gate_keeps(where):
    T = down_at(0.45, 0.2, 0.3)
    row = [0.6, 0.2, 0.2, 0.6, 0.3, 0.2, 0.05]
    robot = RobotArm(np.eye(4))
    assert robot.reset(T)
    seen = look(T, T[:3, 3] + [0.1, 0.0, 0.0], person(**{where: row}))
    spare = []
    for name, own in RobotShape.named('ur5e').links.items():
        if name in ('base_link', 'shoulder_link'):
            continue
        pose = robot.link_transforms()[name]
        start, end = (v @ pose[:3, :3].T + pose[:3, 3] for v in (own.start, own.end))
        for a, b, radius in zip(start, end, own.radius, strict=True):
            axes = segment_distance(a, b, np.array(row[:3]), np.array(row[3:6]))
            flange = name == 'flange'
            kept = {
                'upper_arm': THICKER + (GATE.gripper_stop[0] if flange else GATE.link_stop[0]),
                'trunk': GATE.link_stop[0] if flange else GATE.body_stop[0],
            }[where]
            spare.append(float(axes) - radius - row[6] - kept)
    assert seen.gap[0] == pytest.approx(min(spare), abs=1e-3)


def test_fingers_over_a_capsule_are_as_far_as_they_are_high():
    # The fingers' capsule ends 6.5 mm above the tool point and has 22.3 mm of radius.
    under = person([0.45, 0.0, 0.0, 0.45, 0.4, 0.0, 0.05])
    seen = look(down_at(0.45, 0.2, 0.2), np.array([0.45, 0.2, 0.15]), under)
    expected = np.array([0.2, 0.15]) + 0.0065 - 0.0223 - 0.05 - THICKER
    np.testing.assert_allclose(seen.gap[[0, -1]], expected, atol=2e-3)


def test_a_gate_that_keeps_links_farther_off_leaves_as_much_less():
    T, to = down_at(0.45, 0.2, 0.3), np.array([0.55, 0.2, 0.3])
    someone = person(trunk=[0.6, 0.2, 0.2, 0.6, 0.3, 0.2, 0.05])
    far = SeparationConfig(
        link_stop=(0.05,) * 5, body_stop=(0.07,) * 5, body_slow=(0.2,) * 5, link_slow=(0.2,) * 5
    )
    wide = Foresight(RobotShape.named('ur5e'), far)
    np.testing.assert_allclose(
        look(T, to, someone, wide).gap, look(T, to, someone).gap - 0.02, atol=1e-9
    )


def test_the_room_left_to_the_end_of_a_joint_counts_whole_turns():
    """The wrist of the gripper that turns about itself begins within half a turn of zero."""
    T = down_at(0.45, 0.2, 0.3)
    begin = preferred(tool_solutions(T))
    turns = np.linspace(0.0, 3.0, 13)[:, None] * [0.0, 0.0, 1.0]  # less than pi, as a vector is
    points = T[:3, 3] + 0.01 * np.arange(13)[:, None] * [0.0, 0.0, 1.0]
    path = ToolPath(points, turns, ('approach',) * 13)
    seen = robot_foresight('ur5e').look([path], T[:3, :3], branch_of(begin), FAR)[0]
    assert seen.room[0] == pytest.approx(2 * np.pi - np.abs(begin).max(), abs=1e-6)
    assert begin[5] - 3.0 < -np.pi or begin[5] + 3.0 > np.pi  # it passes where angles wrap
    assert seen.room.min() == pytest.approx(2 * np.pi - abs(begin[5]) - 3.0, abs=0.05)


def test_a_way_out_of_reach_is_short_from_where_the_arm_ends():
    seen = look(down_at(0.5, 0.2, 0.2), np.array([1.5, 0.2, 0.2]))
    assert seen.short[0] == 0.0
    assert seen.short[-1] > 0.3
    beyond = np.flatnonzero(seen.short > 0.0)
    assert (np.diff(seen.short[beyond]) > 0.0).all()


def test_the_person_covers_the_arm_and_a_trunk_on_the_inner_side():
    limb, inward = arm(60.0), np.array([0.0, 1.0, 0.0])
    whole = person_around(limb, inward)
    points = limb.points_at(np.linspace(0.0, limb.length, 50))
    assert surface_distance(whole.arm, points).max() < 1e-6
    assert (whole.body.start - limb.joints[0])[:, 1].min() > 0.1
