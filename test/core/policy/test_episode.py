"""An episode: a policy acts, a task judges, and the clock is in the test's hand."""

import numpy as np
import pytest

from valet_core.common.errors import PerceptionError
from valet_core.policy.episode import Episode, EpisodeConfig
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec
from valet_core.policy.outcome import Outcome, outcome_of_stop
from valet_core.policy.runner import ChunkRunner
from valet_core.policy.task import Task, TaskStatus


class Scripted(Policy):
    spec = PolicySpec(0.1, ('x [m/s]', 'y [m/s]'), 'base_link', ())

    def __init__(self):
        self.stop, self.seen = False, []

    def reset(self, goal, seed):
        self.goal = goal

    def act(self, observation):
        self.seen.append(observation)
        return ActionChunk(np.ones((4, 2)), np.zeros(1), wants_stop=self.stop)


class Judge(Task):
    def __init__(self):
        self.outcome, self.blind = None, False

    def status(self, observation):
        if self.blind:
            raise PerceptionError('no arm')
        return TaskStatus('work', 0.5, self.outcome, 'said so' if self.outcome else '')

    def verdict(self, observation):
        return TaskStatus('work', 0.9, Outcome.SUCCEEDED, 'good enough')


@pytest.fixture
def made():
    policy, task = Scripted(), Judge()
    config = EpisodeConfig(replan_every=1, perception_timeout=1.0, hold_time=0.5)
    episode = Episode(
        ChunkRunner(policy, 1), task, lambda o: f'prepared {o}', config, 'goal', 0.0
    )
    return policy, task, episode


def test_policy_and_task_see_the_prepared_observation(made):
    policy, _, episode = made
    step = episode.tick(0.0, 'raw')
    assert policy.seen == ['prepared raw'] and policy.goal == 'goal'
    assert step.seen == 'prepared raw'
    assert step.action.tolist() == [1, 1] and step.status == TaskStatus('work', 0.5)


def test_an_outcome_of_the_task_ends_it_at_rest(made):
    _, task, episode = made
    task.outcome = Outcome.MOTION_FAILED
    step = episode.tick(0.0, None)
    assert step.status.outcome is Outcome.MOTION_FAILED and not step.action.any()


def test_a_policy_that_wants_to_stop_rests_for_the_hold_time_before_the_verdict(made):
    policy, _, episode = made
    policy.stop = True
    for time in (0.0, 0.1, 0.4, 0.49):
        step = episode.tick(time, None)
        assert step.status.outcome is None and not step.action.any()
    assert episode.tick(0.5, None).status.outcome is Outcome.SUCCEEDED


def test_a_policy_that_goes_on_after_all_starts_the_hold_time_anew(made):
    policy, _, episode = made
    policy.stop = True
    episode.tick(0.0, None)
    policy.stop = False
    assert episode.tick(0.4, None).action.any()
    policy.stop = True
    assert episode.tick(0.6, None).status.outcome is None
    assert episode.tick(1.0, None).status.outcome is None
    assert episode.tick(1.1, None).status.outcome is Outcome.SUCCEEDED


def test_without_perception_it_rests_and_after_the_timeout_it_has_failed(made):
    _, task, episode = made
    episode.tick(0.0, None)
    task.blind = True
    step = episode.tick(1.0, None)
    assert step.status.outcome is None and not step.action.any()
    step = episode.tick(1.01, None)
    assert step.status.outcome is Outcome.PERCEPTION_FAILED
    assert step.status.message == 'no arm' and step.status.progress == 0.5


def test_the_timeout_of_perception_starts_anew_with_what_is_understood(made):
    _, task, episode = made
    for start in (0.0, 0.9, 1.8):
        task.blind = False
        assert episode.tick(start, None).action.any()
        task.blind = True
        assert episode.tick(start + 0.8, None).status.outcome is None


@pytest.mark.parametrize(
    ('rule', 'outcome'),
    [
        ('force_magnitude', Outcome.FORCE_LIMIT),
        ('force_axis', Outcome.FORCE_LIMIT),
        ('alarm', Outcome.FAILURE_PREDICTED),
        ('stale_wrench', Outcome.STALE_INPUT),
        ('clock_back', Outcome.STALE_INPUT),
        ('frozen_wrench', Outcome.STALE_INPUT),
        ('nonfinite_wrench', Outcome.PERCEPTION_FAILED),
        ('jump_odom', Outcome.PERCEPTION_FAILED),
        ('nonfinite_command', Outcome.MOTION_FAILED),
        ('frame_command', Outcome.MOTION_FAILED),
        ('stop', Outcome.MOTION_FAILED),
    ],
)
def test_what_a_stop_means_for_the_task(rule, outcome):
    assert outcome_of_stop(rule) is outcome
