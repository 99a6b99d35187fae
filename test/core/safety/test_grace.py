"""How long a gate that was held back bears with inputs that look stale."""

import pytest

from valet_core.safety.grace import Grace


@pytest.fixture
def grace():
    """One whose last tick was at 0 s, with every input fresh."""
    grace = Grace(held_back=0.05, catch_up=0.05)
    assert not grace.lasts(0.0, fresh=True)
    return grace


def test_a_tick_in_time_bears_with_nothing(grace):
    assert not grace.lasts(0.05, fresh=False)


def test_a_tick_too_late_begins_a_grace_of_one_catch_up(grace):
    assert grace.lasts(0.06, fresh=False)
    assert grace.lasts(0.109, fresh=False)
    assert not grace.lasts(0.111, fresh=False)


def test_no_grace_follows_another_while_an_input_is_stale(grace):
    assert grace.lasts(1.0, fresh=False)
    assert not any(grace.lasts(1.0 + 0.06 * i, fresh=False) for i in range(1, 50))


def test_with_every_input_fresh_again_there_is_a_new_one(grace):
    assert grace.lasts(1.0, fresh=False)
    assert not grace.lasts(2.0, fresh=False)
    grace.lasts(2.01, fresh=True)
    assert grace.lasts(3.0, fresh=False)
