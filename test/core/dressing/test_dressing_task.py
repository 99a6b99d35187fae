"""Phase, progress and outcome of a dressing, by where tool and cloth are perceived."""

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.dressing.control.observation import DressingObservation, prepare
from valet_core.dressing.task.dressing_task import DressingTask, DressingTaskConfig
from valet_core.geometry.limb import Limb
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.labels import Label
from valet_core.perception.thinning import MAX_POINTS
from valet_core.policy.outcome import Outcome

# A straight arm along x: fingertip at 0, wrist at 0.2, elbow at 0.45, shoulder at 0.75.
JOINTS = np.array([[0.75, 0, 1], [0.45, 0, 1], [0.2, 0, 1], [0, 0, 1.0]])
LIMB = Limb(JOINTS)


def seen(tool, cloth=None, time=0.0, confidence=1.0):
    """An observation with the tool 8 cm above the arm at x, and cloth around the arm up to x."""
    pose = np.eye(4)
    pose[:3, 3] = [tool, 0.0, 1.08]
    end = tool if cloth is None else cloth
    # The opening is a ring of many points.
    x = np.r_[np.linspace(0.0, end, 100), np.full(20, end)] if tool > 0 else np.zeros(0)
    cloud = np.stack([x, np.zeros_like(x), np.full_like(x, 1.05)], axis=1).astype(np.float32)
    labels = np.full(len(x), Label.GARMENT, np.uint8)
    arm = ArmEstimate(JOINTS, np.full(4, confidence))
    return DressingObservation(time, arm, cloud, labels, pose, np.zeros(6))


@pytest.mark.parametrize(
    ('tool', 'phase'),
    [
        (-0.05, 'approach'), (0.1, 'hand'), (0.3, 'forearm'), (0.41, 'elbow'), (0.5, 'elbow'),
        (0.6, 'upper_arm'), (0.78, 'upper_arm'),
    ],
)  # fmt: skip
def test_the_phase_is_where_the_tool_is_along_the_arm(tool, phase):
    assert DressingTask(DressingTaskConfig()).status(seen(tool)).phase == phase


@pytest.mark.parametrize(
    ('tool', 'cloth', 'ratio'),
    [
        (0.1, None, 0.0),
        (0.475, None, 0.5),  # half of wrist to shoulder
        (0.75, None, 1.0),
        (0.75, 0.475, 0.5),  # no farther than the cloth is seen
    ],
)
def test_progress_is_the_dressed_share_as_perceived(tool, cloth, ratio):
    status = DressingTask(DressingTaskConfig()).status(seen(tool, cloth))
    assert status.progress == pytest.approx(ratio, abs=1e-6)


def test_cloth_far_from_the_arm_is_not_worn():
    observation = seen(0.75)
    lifted = observation._replace(cloud=observation.cloud + np.float32([0, 0, 0.2]))
    assert DressingTask(DressingTaskConfig()).status(lifted).progress == 0.0


def test_no_progress_for_the_patience_ends_it():
    task = DressingTask(DressingTaskConfig(stall_timeout=2.0))
    assert task.status(seen(0.1, time=0.0)).outcome is None
    assert task.status(seen(0.15, time=1.0)).outcome is None
    for back in (0.12, 0.151):  # going back, or a millimetre, is no progress
        assert task.status(seen(back, time=2.9)).outcome is None
    status = task.status(seen(0.15, time=3.1))
    assert status.outcome is Outcome.MOTION_FAILED
    assert "no progress for 2.0 s in phase 'hand'" in status.message


def test_coming_nearer_to_the_hand_is_progress_too():
    task = DressingTask(DressingTaskConfig(stall_timeout=2.0))
    for time, x in enumerate((-0.3, -0.2, -0.1, -0.05)):
        assert task.status(seen(x, time=1.9 * time)).outcome is None


@pytest.mark.parametrize(
    ('tool', 'outcome'), [(0.64, Outcome.MOTION_FAILED), (0.66, Outcome.SUCCEEDED)]
)
def test_the_verdict_is_by_the_perceived_ratio(tool, outcome):
    status = DressingTask(DressingTaskConfig(success_ratio=0.82)).verdict(seen(tool))
    assert status.outcome is outcome
    assert 'dressed to' in status.message


@pytest.mark.parametrize('confidence', [0.0, 0.2])
def test_an_arm_that_is_not_trusted_is_said_so(confidence):
    observation = prepare(seen(0.3, confidence=confidence))
    task = DressingTask(DressingTaskConfig())
    for judge in (task.status, task.verdict):
        with pytest.raises(PerceptionError, match='has not been seen|confidence 0.20'):
            judge(observation)


def test_prepare_thins_the_cloud_and_changes_nothing_else():
    observation = seen(0.5)
    many = np.repeat(observation.cloud, 10, axis=0)
    labels = np.repeat(observation.labels, 10)
    prepared = prepare(observation._replace(cloud=many, labels=labels))
    assert len(prepared.cloud) == len(prepared.labels) == MAX_POINTS
    assert prepared.arm is observation.arm and prepared.T_base_tool is observation.T_base_tool
    assert prepare(observation).cloud.tolist() == observation.cloud.tolist()


@pytest.mark.parametrize(
    ('change', 'name'),
    [
        (lambda o: o._replace(wrench=np.array([0, 0, np.nan, 0, 0, 0])), 'wrench'),
        (lambda o: o._replace(T_base_tool=np.full((4, 4), np.inf)), 'tool pose'),
        (lambda o: o._replace(cloud=o.cloud * np.float32('nan')), 'cloud'),
        (lambda o: o._replace(arm=ArmEstimate(JOINTS * np.nan, np.ones(4))), 'arm'),
    ],
    ids=['wrench', 'tool', 'cloud', 'arm'],
)
def test_what_is_not_finite_is_refused_by_its_name(change, name):
    with pytest.raises(InvalidInputError, match=f'^{name}: received numbers that are not finite'):
        prepare(change(seen(0.5)))


def beside(y, count=40):
    """The observation of a right arm, which points to -x of its shoulder, with a body at y."""
    observation = seen(0.1)
    body = np.tile(np.float32([0.75, y, 0.9]), (count, 1))
    labels = np.full(count, Label.BODY, np.uint8)
    return observation._replace(
        cloud=np.concatenate([observation.cloud, body]),
        labels=np.concatenate([observation.labels, labels]),
    )


@pytest.mark.parametrize(('side', 'y'), [('right', -0.2), ('left', 0.2)])
def test_the_arm_of_the_goal_is_dressed(side, y):
    task = DressingTask(DressingTaskConfig(), side)
    assert task.status(beside(y)) == ('hand', 0.0, None, '')
    # Known once, the body may be hidden.
    assert task.status(seen(0.1)).outcome is None


@pytest.mark.parametrize(('side', 'y'), [('right', 0.2), ('left', -0.2)])
def test_a_goal_for_the_other_arm_is_refused_with_both_sides(side, y):
    status = DressingTask(DressingTaskConfig(), side).status(beside(y))
    other = {'right': 'left', 'left': 'right'}[side]
    assert status.outcome is Outcome.INVALID_GOAL
    assert f"the person's {side} arm, and the {other} one is seen" in status.message


@pytest.mark.parametrize(
    ('observation', 'why'),
    [(beside(-0.2, count=10), '10 points of the body'), (beside(0.05), '0.05 m beside the arm')],
)
def test_a_side_that_cannot_be_told_is_said_so(observation, why):
    with pytest.raises(PerceptionError, match=why):
        DressingTask(DressingTaskConfig(), 'right').status(observation)
