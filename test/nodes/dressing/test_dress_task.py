"""The state machine of a dressing task, with the clock in the test's hand."""

import numpy as np
import pytest
from valet_msgs.msg import Outcome as OutcomeMessage

from valet_core.common.errors import PerceptionError
from valet_core.dressing.control.observation import DressingObservation
from valet_core.policy.interface import ActionChunk, PolicySpec
from valet_core.policy.outcome import Outcome
from valet_nodes.dressing.dress_task import DressingPolicyConfig, DressTask

OBSERVATION = DressingObservation(
    0.0, None, np.zeros((0, 3), np.float32), np.zeros(0, np.uint8), np.eye(4), np.zeros(6)
)


class ScriptedPolicy:
    """Gives numbered actions; the test sets everything else."""

    spec = PolicySpec(0.05, (), '', ())

    def __init__(self):
        self.done, self.progress, self.phase = False, 0.0, 'approach'
        self.ratio, self.blind, self.calls = 0.0, False, 0

    def reset(self, goal, seed):
        self.calls = 0

    def act(self, observation):
        if self.blind:
            raise PerceptionError('the arm has not been seen yet')
        self.calls += 1
        actions = np.full((4, 6), float(self.calls)) + np.arange(4)[:, None] / 10
        return ActionChunk(actions, np.zeros(2, np.float32))

    def dressed_ratio(self, observation):
        return self.ratio


@pytest.fixture
def policy():
    return ScriptedPolicy()


def make(policy, **changes):
    return DressTask(policy, DressingPolicyConfig(**changes), now=0.0)


def test_outcomes_have_the_values_of_the_message():
    assert {o.name: int(o) for o in Outcome} == {
        o.name: getattr(OutcomeMessage, o.name) for o in Outcome
    }


def test_a_chunk_is_replaced_after_the_configured_number_of_actions(policy):
    task = make(policy, replan_every=2)
    sent = [task.tick(0.05 * i, OBSERVATION).twist[0] for i in range(5)]
    assert sent == pytest.approx([1.0, 1.1, 2.0, 2.1, 3.0])


def test_a_policy_that_cannot_see_the_arm_holds_still_and_then_fails(policy):
    task = make(policy, arm_timeout=1.0)
    policy.blind = True
    early = task.tick(0.9, OBSERVATION)
    assert early.outcome is None
    assert not early.twist.any()
    late = task.tick(1.1, OBSERVATION)
    assert late.outcome is Outcome.PERCEPTION_FAILED
    assert 'not been seen' in late.message


def test_an_arm_seen_again_in_time_goes_on(policy):
    task = make(policy, arm_timeout=1.0)
    policy.blind = True
    task.tick(0.9, OBSERVATION)
    policy.blind = False
    assert task.tick(1.5, OBSERVATION).twist[0] == pytest.approx(1.0)


def test_no_progress_ends_the_task(policy):
    task = make(policy, stall_timeout=2.0)
    policy.progress = 0.2
    assert task.tick(0.1, OBSERVATION).outcome is None
    assert task.tick(2.0, OBSERVATION).outcome is None
    end = task.tick(2.2, OBSERVATION)
    assert end.outcome is Outcome.MOTION_FAILED
    assert 'no progress for 2.0 s' in end.message


@pytest.mark.parametrize(
    ('ratio', 'outcome'), [(0.85, Outcome.SUCCEEDED), (0.6, Outcome.MOTION_FAILED)]
)
def test_the_end_of_the_path_counts_by_what_is_perceived(policy, ratio, outcome):
    task = make(policy, hold_time=0.5, success_ratio=0.8)
    policy.done, policy.ratio = True, ratio
    hold = task.tick(1.0, OBSERVATION)
    assert hold.outcome is None
    assert not hold.twist.any()
    end = task.tick(1.6, OBSERVATION)
    assert end.outcome is outcome
    assert end.dressed_ratio == ratio
