"""The simulated arm follows twists within its joints' limits."""

import time

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.simulation.robot import RobotArm, RobotArmConfig, RobotState
from valet_core.simulation.robot_model import kinematic_model

DT = 0.008
HOME = np.array([0.0, -1.57, 1.57, -1.57, -1.57, 0.0])


@pytest.fixture
def arm() -> RobotArm:
    robot = RobotArm(np.eye(4))
    robot.restore(RobotState(HOME, np.zeros(6)))
    return robot


def _twist(*values: float) -> np.ndarray:
    return np.array([*values, *np.zeros(6 - len(values))])


def test_tool_moves_as_commanded_in_base_axes(arm: RobotArm) -> None:
    start = arm.T_base_tool
    for _ in range(int(1.0 / DT)):
        arm.step(_twist(0.0, 0.1, -0.05), DT)
    moved = arm.T_base_tool
    lag = 0.1 * 0.05  # spent on accelerating
    np.testing.assert_allclose(moved[:3, 3] - start[:3, 3], [0.0, 0.1, -0.05], atol=lag)
    np.testing.assert_allclose(moved[:3, :3], start[:3, :3], atol=2e-3)


def test_angular_command_turns_about_the_base_axis(arm: RobotArm) -> None:
    start = arm.T_base_tool
    for _ in range(100):
        report = arm.step(_twist(0, 0, 0, 0, 0, 0.2), DT)
    np.testing.assert_allclose(report.twist, _twist(0, 0, 0, 0, 0, 0.2), atol=1e-5)
    turn = arm.T_base_tool[:3, :3] @ start[:3, :3].T
    angle = np.arctan2(turn[1, 0], turn[0, 0])
    assert 0.14 < angle < 0.16
    np.testing.assert_allclose(arm.T_base_tool[:3, 3], start[:3, 3], atol=2e-3)


@pytest.mark.parametrize('direction', np.vstack([np.eye(3), -np.eye(3)]).tolist())
@pytest.mark.parametrize('speed', [0.15, 1.0])
def test_no_limit_is_ever_broken(arm: RobotArm, direction: list[float], speed: float) -> None:
    limits, before = arm.config, arm.qd
    for _ in range(600):
        arm.step(_twist(*(speed * np.array(direction))), DT)
        assert np.abs(arm.qd).max() <= limits.max_joint_speed + 1e-6
        assert np.abs(arm.qd - before).max() <= limits.max_joint_acceleration * DT + 1e-6
        assert (np.abs(arm.q) <= kinematic_model().jnt_range[:, 1]).all()
        before = arm.qd


def test_stops_at_the_edge_of_reach_and_comes_back(arm: RobotArm) -> None:
    for _ in range(800):
        report = arm.step(_twist(0.15), DT)
    edge = arm.T_base_tool
    assert report.at_limit
    assert report.tracking_error == pytest.approx(0.15, abs=1e-3)
    assert np.abs(arm.qd).max() < 0.01
    for _ in range(200):
        report = arm.step(_twist(-0.15), DT)
    assert not report.at_limit
    assert arm.T_base_tool[0, 3] < edge[0, 3] - 0.15
    np.testing.assert_allclose(arm.T_base_tool[1:3, 3], edge[1:3, 3], atol=0.01)


def test_joint_near_its_end_brakes_before_it(arm: RobotArm) -> None:
    q = HOME.copy()
    q[5] = 2 * np.pi - 0.3
    arm.restore(RobotState(q, np.zeros(6)))
    for _ in range(200):
        report = arm.step(_twist(0, 0, 0, 0, 0, -1.5), DT)
    end = kinematic_model().jnt_range[5, 1]
    assert end - 0.01 < arm.q[5] <= end
    assert report.at_limit


def test_hold_brings_it_to_rest_within_200_ms(arm: RobotArm) -> None:
    for _ in range(100):
        arm.step(_twist(0.2, 0.1, 0.1), DT)
    steps = 0
    while np.abs(arm.qd).max() > 1e-4:
        arm.hold(DT)
        steps += 1
    assert steps * DT <= 0.2


def test_restored_state_replays_exactly(arm: RobotArm) -> None:
    for _ in range(20):
        arm.step(_twist(0.1, 0.1), DT)
    state = arm.snapshot()
    first = [arm.step(_twist(0.1, 0.0, 0.1), DT).twist for _ in range(20)]
    q = arm.q
    arm.restore(state)
    second = [arm.step(_twist(0.1, 0.0, 0.1), DT).twist for _ in range(20)]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(q, arm.q)


def test_snapshot_is_a_copy(arm: RobotArm) -> None:
    state = arm.snapshot()
    arm.step(_twist(0.5), DT)
    np.testing.assert_array_equal(state.q, HOME)


def test_reset_reaches_the_pose_or_says_no(arm: RobotArm) -> None:
    target = arm.T_base_tool
    target[:3, 3] += (-0.05, 0.2, 0.1)
    assert arm.reset(target)
    np.testing.assert_allclose(arm.T_base_tool, target, atol=1e-6)
    target[:3, 3] = (2.0, 0.0, 0.0)
    q = arm.q
    assert not arm.reset(target)
    np.testing.assert_array_equal(q, arm.q)


@pytest.mark.parametrize('bad', [[np.nan, 0, 0, 0, 0, 0], [0.1, 0.2]])
def test_bad_twist_is_refused_and_nothing_moves(arm: RobotArm, bad: list[float]) -> None:
    with pytest.raises(InvalidInputError, match='6 finite numbers'):
        arm.step(np.array(bad), DT)
    np.testing.assert_array_equal(arm.q, HOME)


def test_world_pose_follows_the_base() -> None:
    T_world_base = np.eye(4)
    T_world_base[:3, 3] = (0.3, -0.9, 0.7)
    arm = RobotArm(T_world_base)
    offset = arm.T_world_tool[:3, 3] - arm.T_base_tool[:3, 3]
    np.testing.assert_allclose(offset, T_world_base[:3, 3])


def test_step_is_fast(arm: RobotArm) -> None:
    durations = []
    for i in range(500):
        start = time.thread_time()
        arm.step(_twist(0.0, 0.1 * np.cos(i / 50), 0.1 * np.sin(i / 50)), DT)
        durations.append(time.thread_time() - start)
    assert np.median(durations) < 1e-3  # 0.2 ms on a quiet machine


def test_config_rejects_what_the_arm_cannot_do() -> None:
    with pytest.raises(InvalidInputError, match='max_joint_speed'):
        RobotArmConfig(max_joint_speed=5.0)
