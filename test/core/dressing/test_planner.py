"""The planner on a tool that goes exactly where it is sent."""

import numpy as np
import pytest
from core.dressing.test_choice import scene
from core.dressing.test_path import arm, start_before
from scipy.spatial.transform import Rotation

from valet_core.common.errors import PerceptionError
from valet_core.dressing.control.choice import choose_path, robot_foresight
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.control.planner_config import PlannerConfig
from valet_core.perception.arm_estimate import ArmEstimate, confidence_of

NO_CLOUD = (np.zeros((0, 3), np.float32), np.zeros(0, np.uint8))
PERIOD = PlannerConfig().period


def seen(limb, T, time=0.0, force=(0.0, 0.0, 0.0), confidence=1.0):
    """An observation; the force is given in the base frame [N]."""
    wrench = np.concatenate([T[:3, :3].T @ np.array(force, float), np.zeros(3)])
    estimate = ArmEstimate(limb.joints, np.full(4, confidence))
    return DressingObservation(time, estimate, *NO_CLOUD, T, wrench)


def planner(**changes):
    made = DressingPlanner(PlannerConfig(**changes))
    made.reset(DressingGoal(), 0)
    return made


class Drive:
    """Moves a tool by the first actions of each chunk."""

    def __init__(self, policy, limb):
        self.policy, self.limb, self.T, self.time = policy, limb, start_before(limb), 0.0
        self.stopped = False

    def step(self, force=(0.0, 0.0, 0.0), moves=True):
        chunk = self.policy.act(seen(self.limb, self.T, self.time, force))
        self.stopped = chunk.wants_stop
        for action in chunk.actions[:2]:
            if moves:
                self.T[:3, 3] += PERIOD * action[:3]
                turn = Rotation.from_rotvec(PERIOD * action[3:])
                self.T[:3, :3] = turn.as_matrix() @ self.T[:3, :3]
            self.time += PERIOD
        return chunk


@pytest.mark.parametrize('flexion', [0.0, 60.0, 110.0])
def test_a_tool_that_follows_comes_to_the_shoulder_and_the_policy_wants_to_stop(flexion):
    drive = Drive(planner(), arm(flexion))
    while not drive.stopped and drive.time < 30.0:
        drive.step()
    assert drive.stopped
    shoulder = drive.limb.joints[0]
    assert np.linalg.norm(drive.T[:3, 3] - shoulder) < 0.13
    # 0.9 m at 0.08 to 0.12 m/s take some ten seconds; no detour, no wait
    assert 5.0 < drive.time < 16.0


def test_it_never_asks_for_more_than_its_speed():
    config = PlannerConfig()
    drive = Drive(planner(), arm(80.0))
    while not drive.stopped and drive.time < 30.0:
        chunk = drive.step()
        assert np.linalg.norm(chunk.actions[:, :3], axis=1).max() <= 1.2 * config.speed + 1e-9
        assert np.linalg.norm(chunk.actions[:, 3:], axis=1).max() <= config.max_turn + 1e-9


@pytest.mark.parametrize('flexion', [0.0, 60.0, 110.0])
def test_the_grippers_body_is_never_brought_between_the_tool_and_the_limb(flexion):
    drive = Drive(planner(), arm(flexion))
    # Of the 2F-85: fingertips and palm, behind the tool along its axis.
    behind, radius = np.array([0.01, 0.06, 0.12]), np.array([0.022, 0.03, 0.035])
    gaps = []
    while not drive.stopped and drive.time < 30.0:
        drive.step()
        body = drive.T[:3, 3] - behind[:, None] * drive.T[:3, 2]
        arc, distance = drive.limb.project(body)
        thick = [drive.limb.radii[2 - drive.limb.segment_at(a)] for a in arc]  # there
        gaps.append(distance - radius - thick)
    assert np.min(gaps) > 0.0


def test_a_tool_beside_the_path_is_pulled_back_to_it():
    limb, policy = arm(0.0), planner()
    T = start_before(limb)
    policy.act(seen(limb, T))
    T[1, 3] += 0.03
    assert policy.act(seen(limb, T)).actions[0, 1] < -0.05


@pytest.mark.parametrize(
    ('force', 'share'),
    [(0.0, 1.0), (5.0, 1.0), (8.5, 0.5), (12.0, 0.0), (30.0, -0.5)],
)
def test_the_speed_at_the_entry_falls_with_the_force_and_turns_round(force, share):
    """Full below 5 N, half at the middle of 5 and 12 N, none at 12, back at half above."""
    limb, policy = arm(0.0), planner()
    T = start_before(limb)
    policy.act(seen(limb, T))
    # Away from the start of the path, so that there is somewhere to go back to.
    for _ in range(20):
        T[:3, 3] += PERIOD * policy.act(seen(limb, T)).actions[0, :3]
    along = policy.act(seen(limb, T, force=(force, 0.0, 0.0))).actions[0, :3]
    free = policy.act(seen(limb, T)).actions[0, :3]
    # Both are pulled back to the path alike.
    slower = (1.0 - share) * PlannerConfig().entry_speed
    assert np.linalg.norm(free - along) == pytest.approx(slower, abs=0.002)


def test_the_weight_of_the_garment_at_the_start_is_no_pull():
    limb, policy = arm(0.0), planner()
    T = start_before(limb)
    weight = (0.0, 0.0, -9.0)
    first = policy.act(seen(limb, T, force=weight)).actions[0, :3]
    again = policy.act(seen(limb, T, force=weight)).actions[0, :3]
    assert np.linalg.norm(first) == pytest.approx(PlannerConfig().entry_speed, rel=0.05)
    np.testing.assert_allclose(first, again)


def test_without_progress_it_tries_again_as_often_as_set_and_gives_up():
    drive = Drive(planner(stall=1.0, retries=2), arm(0.0))
    for _ in range(8):
        drive.step()
    goes_back = 0
    for _ in range(400):
        before = drive.T[:3, 3].copy()
        chunk = drive.step(force=(8.0, 0.0, 0.0), moves=False)
        drive.T[:3, 3] = before
        goes_back += chunk.actions[0, :3] @ drive.limb.direction_at(0.0) < -0.02
        if drive.stopped:
            break
    assert drive.stopped and goes_back > 0


def test_an_arm_that_is_not_trusted_is_not_acted_on():
    limb = arm(0.0)
    T = start_before(limb)
    with pytest.raises(PerceptionError, match='confidence 0.20, below 0.30'):
        planner().act(seen(limb, T, confidence=0.2))
    with pytest.raises(PerceptionError, match='has not been seen'):
        planner().act(seen(limb, T)._replace(arm=None))


def test_a_reset_forgets_the_episode():
    limb, policy = arm(30.0), planner()
    T = start_before(limb)
    first = policy.act(seen(limb, T))
    Drive(policy, limb).step()
    policy.reset(DressingGoal(), 0)
    again = policy.act(seen(limb, T))
    np.testing.assert_array_equal(first.actions, again.actions)
    np.testing.assert_array_equal(first.embedding, again.embedding)


def test_a_moved_arm_moves_the_path():
    limb, policy = arm(0.0), planner()
    T = start_before(limb)
    policy.act(seen(limb, T))
    still = policy.act(seen(limb, T)).actions[0, :3]
    moved = type(limb)(limb.joints + [0.0, 0.1, 0.0])
    towards = policy.act(seen(moved, T)).actions[0, :3]
    assert towards[1] - still[1] > 0.02


def abeam(flexion, roll):
    """An arm before a robot that cannot dress it by the shape that is set, and its tool."""
    limb, T = scene(flexion, roll)
    assert choose_path(limb, T, PathConfig(), robot_foresight('ur5e')).config != PathConfig()
    return limb, T


def test_the_shape_is_chosen_by_the_arm_and_stays_while_it_hardly_moves():
    limb, T = abeam(60.0, 40.0)
    policy = planner()
    policy.act(seen(limb, T))
    shape = policy.shape
    assert shape == choose_path(limb, T, PathConfig(), robot_foresight('ur5e')).config
    policy.act(seen(type(limb)(limb.joints + [0.0, 0.0, 0.01]), T))
    assert policy.shape is shape


def test_the_shape_is_chosen_anew_where_the_arm_is_seen_elsewhere_before_its_entry():
    limb, T = abeam(60.0, 40.0)
    other, _ = scene(10.0, 0.0)
    policy = planner()
    policy.act(seen(limb, T))
    policy.act(seen(other, T))
    assert policy.shape == choose_path(other, T, PathConfig(), robot_foresight('ur5e')).config


def test_a_robot_of_unknown_kinematics_takes_the_shape_that_is_set():
    limb, T = abeam(60.0, 40.0)
    policy = planner(robot='none')
    policy.act(seen(limb, T))
    assert policy.shape == policy.path_config


@pytest.mark.parametrize('robot', ['ur5e', 'none'])
@pytest.mark.parametrize(('error', 'margin'), [(0.0, 0.0), (0.005, 0.01), (0.05, 0.025)])
def test_the_path_is_as_much_wider_as_the_arm_may_be_off(robot, error, margin):
    limb, T = abeam(60.0, 40.0)
    policy, base = planner(robot=robot), PathConfig()
    policy.act(seen(limb, T, confidence=confidence_of(error)))
    assert policy.shape.clearance == pytest.approx(base.clearance + margin)
    assert policy.shape.entry == pytest.approx(base.entry + margin)


def test_an_arm_that_is_trusted_less_is_passed_farther_off_from_then_on():
    limb, T = abeam(60.0, 40.0)
    policy, found = planner(), []
    for error in (0.005, 0.01, 0.002):
        policy.act(seen(limb, T, confidence=confidence_of(error)))
        found.append(policy.shape.clearance - PathConfig().clearance)
    assert found == pytest.approx([0.01, 0.02, 0.02])
    policy.reset(DressingGoal(), 0)
    policy.act(seen(limb, T))
    assert policy.shape.clearance == pytest.approx(PathConfig().clearance)
