"""The pace of simulated time, by a clock that the test holds."""

import numpy as np
import pytest

from valet_nodes.simulation.pace import Pace, Patience


class HeldClock:
    """A clock that stands still between `pass_by`."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time

    def pass_by(self, duration: float) -> None:
        self.time += duration


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.mark.parametrize('factor', [0.5, 1.0, 4.0])
def test_simulated_time_passes_at_the_factor_of_the_clock(clock, factor):
    pace = Pace(0.01, factor, clock, most_steps=2)
    assert pace.period == pytest.approx(0.01 / factor)
    steps = 0
    for _ in range(2000):
        clock.pass_by(0.6 * pace.period)  # looks do not fall together with steps
        steps += pace.due()
    assert steps * 0.01 == pytest.approx(2000 * 0.6 * 0.01, abs=0.011)


def test_no_step_is_due_before_its_time(clock):
    pace = Pace(0.01, 1.0, clock, most_steps=2)
    assert pace.due() == 0
    clock.pass_by(0.009)
    assert pace.due() == 0
    clock.pass_by(0.002)
    assert [pace.due(), pace.due()] == [1, 0]


def test_lost_time_is_caught_up_a_few_steps_at_a_time(clock):
    pace = Pace(0.01, 1.0, clock, most_steps=3)
    clock.pass_by(0.055)
    assert [pace.due() for _ in range(3)] == [3, 2, 0]


def test_what_is_further_behind_is_lost(clock):
    pace = Pace(0.01, 1.0, clock, most_steps=1000)
    clock.pass_by(60.0)
    assert pace.due() == pytest.approx(10, abs=1)  # 0.1 s


def test_without_a_factor_a_step_is_always_due(clock):
    pace = Pace(0.01, 0.0, clock, most_steps=2)
    assert [pace.due() for _ in range(5)] == [1] * 5
    assert 0.0 < pace.period <= 1e-3


def test_an_irregular_clock_makes_the_same_number_of_steps(clock):
    pace = Pace(0.002, 1.0, clock, most_steps=2)
    gaps = np.random.default_rng(0).uniform(0.0, 0.003, 4000)
    steps = 0
    for gap in gaps:
        clock.pass_by(gap)
        steps += pace.due()
    assert steps == pytest.approx(gaps.sum() / 0.002, abs=2)


def test_patience_ends_after_its_time_and_begins_anew_with_what_comes():
    now = [0.0]
    patience = Patience(2.0, lambda: now[0])
    assert not patience.holds(missing=False)
    assert patience.holds(missing=True)
    now[0] = 2.0
    assert patience.holds(missing=True)
    now[0] = 2.1
    assert not patience.holds(missing=True)
    assert not patience.holds(missing=False)
    assert patience.holds(missing=True), 'what came and is missing again is waited for'
