"""Closed-form kinematics of the UR5e."""

import numpy as np
import pytest

from valet_core.simulation import ur_kinematics
from valet_core.simulation.robot_model import TOOL_OFFSET, kinematic_model
from valet_core.simulation.ur_kinematics import forward, inverse, unwrap_near


def test_straight_arm_reaches_along_x_of_base_link() -> None:
    flange = forward(np.zeros(6))['wrist_3_link']
    # upper arm + forearm; wrist offset + last link; shoulder height - wrist drop
    np.testing.assert_allclose(flange[:3, 3], [0.817, 0.234, 0.063], atol=1e-12)
    np.testing.assert_allclose(flange[:3, 2], [0.0, 1.0, 0.0], atol=1e-12)


def test_frames_agree_with_the_model_that_is_drawn() -> None:
    import mujoco

    model = kinematic_model()
    data = mujoco.MjData(model)
    rng = np.random.default_rng(3)
    for _ in range(20):
        data.qpos[:] = rng.uniform(-3, 3, 6)
        mujoco.mj_kinematics(model, data)
        poses = forward(data.qpos)
        for name, T in poses.items():
            np.testing.assert_allclose(data.site(name).xpos, T[:3, 3], atol=1e-9)
            np.testing.assert_allclose(data.site(name).xmat, T[:3, :3].ravel(), atol=1e-9)
        flange = poses['wrist_3_link']
        tool = flange[:3, 3] + TOOL_OFFSET * flange[:3, 2]
        np.testing.assert_allclose(data.site('tool0').xpos, tool, atol=1e-9)


@pytest.mark.parametrize('seed', range(5))
def test_every_solution_reaches_the_pose_and_the_true_one_is_among_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(40):
        q = rng.uniform(-np.pi, np.pi, 6)
        T = forward(q)['wrist_3_link']
        solutions = inverse(T)
        for solution in solutions:
            np.testing.assert_allclose(forward(solution)['wrist_3_link'], T, atol=1e-7)
        assert np.abs(unwrap_near(solutions, q) - q).max(axis=1).min() < 1e-5


def test_pose_out_of_reach_has_no_solution() -> None:
    T = np.eye(4)
    T[:3, 3] = (1.5, 0.0, 0.3)
    assert inverse(T).shape == (0, 6)


def test_dexterity_is_proportional_to_the_jacobian_determinant() -> None:
    import mink

    configuration = mink.Configuration(kinematic_model())
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(10):
        configuration.update(rng.uniform(-3, 3, 6))
        jacobian = configuration.get_frame_jacobian('flange', 'site')
        ratios.append(
            abs(np.linalg.det(jacobian)) / ur_kinematics.dexterity(configuration.q)
        )
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)
