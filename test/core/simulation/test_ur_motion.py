"""The arm's inverse kinematics for many poses at once."""

import numpy as np
import pytest

from valet_core.simulation import ur_kinematics
from valet_core.simulation.robot import RobotArm, tool_solutions
from valet_core.simulation.ur_kinematics import LINK_NAMES, forward
from valet_core.simulation.ur_motion import Branch, branch_of, follow, link_poses, preferred

RNG = np.random.default_rng(4)
ANGLES = RNG.uniform(-np.pi, np.pi, (40, 6))


def same_angles(a, b, atol=1e-5):
    np.testing.assert_allclose(np.exp(1j * a), np.exp(1j * b), atol=atol)


def test_poses_of_the_links_are_those_of_each_posture_alone():
    poses = link_poses(ANGLES)
    for i, q in enumerate(ANGLES):
        for name in LINK_NAMES:
            np.testing.assert_allclose(poses[name][i], forward(q)[name], atol=1e-12)


@pytest.mark.parametrize('q', ANGLES[:12], ids=lambda q: np.array2string(q[:2], precision=1))
def test_the_branch_of_joint_angles_leads_back_to_them(q):
    motion = follow(forward(q)['wrist_3_link'][None], branch_of(q))
    same_angles(motion.q[0], q)
    assert motion.short[0] == pytest.approx(0.0, abs=1e-9)


def test_all_branches_together_are_all_solutions():
    T = forward(ANGLES[0])['wrist_3_link']
    branches = {branch_of(q) for q in ur_kinematics.inverse(T)}
    assert len(branches) == len(ur_kinematics.inverse(T))
    assert branches <= {Branch(p, w, e) for p in (1, -1) for w in (1, -1) for e in (1, -1)}


def test_along_a_smooth_way_the_angles_are_smooth():
    q = np.array([0.3, -1.2, 1.4, -1.0, -1.3, 0.2])
    way = q + np.linspace(0.0, 0.4, 30)[:, None] * np.array([1.0, -0.5, 0.4, 0.3, 0.5, -1.0])
    T = np.stack([forward(v)['wrist_3_link'] for v in way])
    same_angles(follow(T, branch_of(q)).q, way)


def test_a_pose_beyond_the_stretched_arm_is_short_by_what_lies_between():
    stretched = np.array([0.0, -np.pi / 2, 0.0, -np.pi / 2, 1e-3, 0.0])  # straight up
    T = forward(stretched)['wrist_3_link']
    for beyond in (0.05, 0.2):
        T_far = T.copy()
        T_far[2, 3] += beyond
        assert follow(T_far[None], Branch(1, 1, 1)).short[0] == pytest.approx(beyond, abs=2e-3)


def test_the_robot_starts_in_the_preferred_posture():
    robot = RobotArm(np.eye(4))
    T = np.eye(4)
    T[:3, :3] = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
    T[:3, 3] = [0.45, 0.2, 0.2]
    assert robot.reset(T)
    np.testing.assert_array_equal(robot.q, preferred(tool_solutions(T)))
    others = [forward(q)['forearm_link'][2, 3] for q in tool_solutions(T)]
    assert forward(robot.q)['forearm_link'][2, 3] == pytest.approx(max(others))
