"""The chunk runner, with the clock in the test's hand and a policy that the test holds back."""

import threading

import numpy as np
import pytest

from valet_core.common.errors import PerceptionError
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec
from valet_core.policy.runner import ChunkRunner, InlineWorker, ThreadWorker


class Counting(Policy):
    """Chunk k has the actions 10 k, 10 k + 1, ..."""

    spec = PolicySpec(0.1, ('x [m/s]',), 'base_link', ())

    def __init__(self, horizon=4):
        self.horizon, self.calls, self.resets = horizon, 0, []
        self.stop, self.blind = False, False

    def reset(self, goal, seed):
        self.resets.append((goal, seed))
        self.calls = 0

    def act(self, observation):
        if self.blind:
            raise PerceptionError('nothing is seen')
        self.calls += 1
        actions = 10.0 * self.calls + np.arange(self.horizon)[:, None]
        return ActionChunk(actions, np.zeros(1, np.float32), wants_stop=self.stop)


class HeldBack(Counting):
    """Chooses only when the test lets it."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()

    def act(self, observation):
        assert self.go.wait(10)
        self.go.clear()
        return super().act(observation)


class ManualWorker(InlineWorker):
    """Does the work when the test says so."""

    def __init__(self):
        super().__init__()
        self.ready = False

    def result(self):
        return super().result() if self.ready else None


def actions(runner, times):
    return [None if (a := runner.tick(t, t).action) is None else a[0] for t in times]


def test_actions_follow_the_time_and_the_next_chunk_comes_after_the_configured_number():
    runner = ChunkRunner(Counting(), replan_every=2)
    runner.reset('goal')
    assert actions(runner, [0.0, 0.05, 0.1, 0.15, 0.2, 0.3]) == [10, 10, 11, 11, 20, 21]


def test_the_policy_is_reset_with_goal_and_seed_before_it_is_asked_first():
    policy = Counting()
    runner = ChunkRunner(policy, 1)
    runner.reset('goal', 7)
    assert policy.resets == []
    runner.tick(0.0, None)
    assert policy.resets == [('goal', 7)]
    runner.tick(0.1, None)
    assert policy.resets == [('goal', 7)]


def test_a_chunk_that_comes_late_is_joined_where_its_time_has_come():
    worker = ManualWorker()
    runner = ChunkRunner(Counting(), 4, worker)
    runner.reset('goal')
    assert actions(runner, [0.0, 0.1, 0.2]) == [None, None, None]
    worker.ready = True
    # asked for at 0.0 with a period of 0.1: at 0.25 it is the turn of the third action
    assert actions(runner, [0.25]) == [12]


def test_slow_choosing_never_holds_up_a_tick_and_the_old_chunk_goes_on():
    policy = HeldBack()
    worker = ThreadWorker(patience=0.0)
    runner = ChunkRunner(policy, 2, worker)
    try:
        runner.reset('goal')
        assert runner.tick(0.0, None).action is None
        policy.go.set()
        wait_for(lambda: policy.calls == 1 and worker._future.done())
        assert runner.tick(0.1, None).action[0] == 11
        # the next is asked for at 0.2 and does not come: the first goes on to its end
        assert actions(runner, [0.2, 0.3, 0.35]) == [12, 13, 13]
        assert runner.tick(0.4, None).action is None
        policy.go.set()
        wait_for(lambda: policy.calls == 2 and worker._future.done())
        assert runner.tick(0.5, None).action[0] == 23  # of the observation at 0.2
    finally:
        policy.go.set()
        runner.close()


def wait_for(condition):
    done = threading.Event()
    for _ in range(1000):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError('gave up waiting')


def test_a_thread_with_patience_answers_within_the_tick():
    runner = ChunkRunner(Counting(), 2, ThreadWorker(patience=10.0))
    try:
        runner.reset('goal')
        assert actions(runner, [0.0, 0.1, 0.2]) == [10, 11, 20]
    finally:
        runner.close()


@pytest.mark.parametrize('worker', [InlineWorker, lambda: ThreadWorker(patience=10.0)])
def test_an_error_of_the_policy_is_raised_by_the_tick_and_the_next_one_asks_again(worker):
    policy = Counting()
    runner = ChunkRunner(policy, 2, worker())
    try:
        runner.reset('goal')
        policy.blind = True
        with pytest.raises(PerceptionError, match='nothing is seen'):
            runner.tick(0.0, None)
        policy.blind = False
        assert runner.tick(0.05, None).action[0] == 10
    finally:
        runner.close()


def test_a_policy_that_wants_to_stop_rests_but_is_asked_on():
    policy = Counting()
    runner = ChunkRunner(policy, 2)
    runner.reset('goal')
    policy.stop = True
    step = runner.tick(0.0, None)
    assert step.action is None and step.wants_stop
    policy.stop = False
    assert actions(runner, [0.1, 0.2]) == [None, 20]


def test_the_trace_gets_each_chunk_once_with_the_observation_that_it_was_chosen_for():
    runner = ChunkRunner(Counting(), 2)
    runner.reset('goal')
    steps = [runner.tick(t, f'seen at {t}') for t in (0.0, 0.1, 0.2)]
    assert [s.seen for s in steps] == ['seen at 0.0', None, 'seen at 0.2']
    assert [s.chunk is None for s in steps] == [False, True, False]


def test_the_last_action_is_held_past_the_end_as_long_as_configured():
    worker = ManualWorker()
    worker.ready = True
    runner = ChunkRunner(Counting(horizon=1), 1, worker, hold=0.2)
    runner.reset('goal')
    assert runner.tick(0.0, None).action[0] == 10
    worker.ready = False
    assert actions(runner, [0.1, 0.25, 0.31]) == [10, 10, None]


def test_a_reset_drops_what_is_under_way():
    worker = ManualWorker()
    policy = Counting()
    runner = ChunkRunner(policy, 2, worker)
    runner.reset('first')
    runner.tick(0.0, None)
    runner.reset('second')
    worker.ready = True
    assert runner.tick(1.0, None).action[0] == 10
    assert policy.resets == [('second', 0)]


def test_what_is_new_is_answered_at_once_and_what_is_not_only_where_nothing_new_comes():
    runner = ChunkRunner(Counting(horizon=8), replan_every=2)
    runner.reset('goal')
    seen = [runner.tick(t, None, fresh).chunk is not None for t, fresh in (
        (0.0, True),  # the first
        (0.1, False), (0.2, False), (0.3, False),  # two periods late at 0.4
        (0.31, True),  # within a period of the last tick
        (0.4, False), (0.6, False), (0.71, False),  # nothing new for four periods
    )]  # fmt: skip
    assert seen == [True, False, False, False, True, False, False, True]


def test_what_is_new_while_a_chunk_is_chosen_is_answered_after_it():
    worker = ManualWorker()
    runner = ChunkRunner(Counting(horizon=8), replan_every=2, worker=worker)
    runner.reset('goal')
    runner.tick(0.0, 'first', True)
    runner.tick(0.05, 'second', True)  # the worker is at the first
    worker.ready = True
    assert runner.tick(0.06, 'second', False).seen == 'second'


def test_a_thread_tells_of_a_result_that_was_asked_for_in_vain_once_it_is_there():
    policy, told = HeldBack(), threading.Event()
    worker = ThreadWorker(0.0, told.set)
    runner = ChunkRunner(policy, 2, worker)
    runner.reset('goal')
    try:
        assert runner.tick(0.0, None).chunk is None
        assert not told.is_set()
        policy.go.set()
        assert told.wait(10)
        assert runner.tick(0.1, None).chunk is not None
    finally:
        policy.go.set()
        runner.close()
