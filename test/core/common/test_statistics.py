"""Means and rates with intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_core.common.statistics import mean_interval, rate_interval, summary_entry


def test_wilson_interval_as_published():
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    share, low, high = rate_interval(np.arange(263) < 81)
    assert (share, low, high) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)


def test_a_rate_of_one_has_an_interval_below_it():
    share, low, high = rate_interval(np.ones(10, dtype=bool))
    assert share == high == 1.0
    assert low == pytest.approx(0.7225, abs=1e-4)


def test_the_mean_of_equal_values_has_no_spread():
    assert mean_interval(np.full(7, 0.4)) == pytest.approx((0.4, 0.4, 0.4))


def test_the_interval_is_near_to_the_normal_one_for_many_values():
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    mean, low, high = mean_interval(values)
    assert mean == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.03)


def test_the_interval_does_not_change_between_calls():
    values = np.arange(20.0)
    assert mean_interval(values) == mean_interval(values)


def test_truth_values_are_summarised_by_wilson_and_numbers_by_the_bootstrap():
    assert summary_entry([True, False])['ci95'] == list(rate_interval(np.array([1, 0]))[1:])
    entry = summary_entry([0.0, 1.0])
    assert entry == {'mean': 0.5, 'ci95': [0.0, 1.0]}


@pytest.mark.parametrize('values', [[], [[1.0]], [np.nan]])
def test_nothing_and_nan_are_refused(values):
    with pytest.raises(InvalidInputError, match='finite numbers'):
        mean_interval(np.array(values))


@given(st.lists(st.booleans(), min_size=1, max_size=50))
def test_a_rate_lies_in_its_interval_and_that_in_0_to_1(values):
    share, low, high = rate_interval(np.array(values))
    assert -1e-12 <= low <= share <= high <= 1 + 1e-12
