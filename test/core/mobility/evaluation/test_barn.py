"""BARN's metric, by hand."""

import numpy as np
import pytest

from valet_core.mobility.evaluation import barn
from valet_core.mobility.sim.world_files import barn_world


def world():
    # start (-2.25, 3) -> (-2.25, 13): 10 m, so that the optimal time is 5 s.
    return barn_world('straight', np.zeros((0, 2)), np.array([[-2.25, 8.0]]))


def test_optimal_time_is_the_path_with_start_and_goal_at_2_m_s():
    assert barn.optimal_time(world()) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ('time', 'expected'), [(4.0, 0.5), (10.0, 0.5), (20.0, 0.25), (40.0, 0.125), (90.0, 0.125)]
)
def test_score_of_a_success(time, expected):
    assert barn.score(world(), True, time) == pytest.approx(expected)


def test_failure_scores_nothing():
    assert barn.score(world(), False, 6.0) == 0.0


def test_rules_are_the_benchmarks():
    assert (barn.RULES.goal_tolerance, barn.RULES.timeout, barn.RULES.noise) == (1.0, 100.0, True)


def test_pace_is_the_score_without_bounds():
    own = world()
    best = barn.optimal_time(own)
    assert barn.pace(own, True, 0.8 * best) == pytest.approx(1.25)
    assert barn.pace(own, True, 20.0 * best) == pytest.approx(0.05)
    assert barn.pace(own, False, best) == 0.0
