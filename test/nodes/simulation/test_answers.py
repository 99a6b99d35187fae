"""The simulated world waits for answers that would grow too old, up to its patience."""

import pytest

from valet_nodes.simulation.answers import Answers


class WallClock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def wall():
    return WallClock()


@pytest.fixture
def answers(wall):
    return Answers({'arm': 0.09, 'command': 0.05}, patience=1.0, now=wall)


def test_what_was_never_heard_is_not_waited_for(answers):
    assert answers.waited_for(1000.0) == []


def test_time_waits_from_the_age_that_is_set_until_the_next_message(answers):
    answers.heard('arm', 10.0)
    assert answers.waited_for(10.09) == []
    assert answers.waited_for(10.1) == ['arm']
    answers.heard('arm', 10.067)
    assert answers.waited_for(10.1) == []


def test_each_stream_has_its_own_age(answers):
    answers.heard('arm', 10.0)
    answers.heard('command', 10.0)
    assert answers.waited_for(10.06) == ['command']
    assert answers.waited_for(10.1) == ['arm', 'command']


def test_a_message_that_is_older_than_the_last_is_no_answer(answers):
    answers.heard('arm', 10.0)
    answers.heard('arm', 9.0)
    assert answers.waited_for(10.05) == []
    assert answers.waited_for(10.1) == ['arm']


def test_patience_is_counted_by_the_clock_and_a_dead_stream_is_waited_for_no_more(answers, wall):
    answers.heard('arm', 10.0)
    assert answers.waited_for(10.1) == ['arm']
    wall.now += 1.0
    assert answers.waited_for(10.1) == ['arm']
    wall.now += 0.01
    assert answers.waited_for(10.1) == []
    assert answers.waited_for(99.0) == []


def test_a_stream_that_comes_back_is_waited_for_again(answers, wall):
    answers.heard('arm', 10.0)
    answers.waited_for(10.1)
    wall.now += 2.0
    assert answers.waited_for(10.1) == []
    answers.heard('arm', 20.0)
    assert answers.waited_for(20.1) == ['arm']


def test_a_dead_stream_that_repeats_what_it_said_is_not_waited_for_again(answers, wall):
    answers.heard('arm', 10.0)
    answers.waited_for(10.1)
    wall.now += 2.0
    assert answers.waited_for(10.1) == []
    answers.heard('arm', 10.0)
    assert answers.waited_for(10.2) == []


def test_patience_starts_anew_with_each_wait(answers, wall):
    answers.heard('arm', 10.0)
    for k in range(5):
        assert answers.waited_for(10.1 + k) == ['arm']
        wall.now += 0.9
        answers.heard('arm', 11.0 + k)
        assert answers.waited_for(11.05 + k) == []
