"""Thresholds: exact ranks, refusals, bands, and the three parts of episodes."""

import numpy as np
import pytest
from core.monitor.toy import band, calibration, scored, series

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.conformal import (
    Band,
    calibrate,
    certifiable,
    conformal_rank,
    episodes_needed,
    make_band,
)
from valet_core.monitor.detector import make_detector
from valet_core.monitor.roles import (
    BandEpisodes,
    CalibrationEpisodes,
    Shares,
    keep_apart,
    split_three_ways,
)
from valet_core.monitor.series import ScoreSeries


@pytest.mark.parametrize(
    ('count', 'alpha', 'rank'),
    [(9, 0.1, 9), (10, 0.1, 10), (19, 0.1, 18), (20, 0.1, 19), (19, 0.05, 19), (20, 0.05, 20),
     (99, 0.05, 95), (100, 0.05, 96), (8, 0.1, 9), (18, 0.05, 19)],
)  # fmt: skip
def test_the_rank_is_that_of_a_finite_sample(count, alpha, rank):
    assert conformal_rank(count, alpha) == rank
    assert certifiable(count, alpha) == (rank <= count)


def test_the_fewest_episodes_that_certify():
    assert [episodes_needed(a) for a in (0.5, 0.1, 0.05, 0.01)] == [1, 9, 19, 99]
    for alpha in np.linspace(0.004, 0.5, 100):
        needed = episodes_needed(float(alpha))
        assert certifiable(needed, alpha) and not certifiable(needed - 1, alpha)


def test_the_level_is_the_peak_of_that_rank():
    rows = [[0.0, peak, 1.0] for peak in range(2, 21)]  # 19 peaks, 2 to 20
    assert calibrate(calibration(rows), Band.constant(), 0.1).level == 19.0
    assert calibrate(calibration(rows), Band.constant(), 0.05).level == 20.0


@pytest.mark.parametrize('count', [9, 10])
def test_too_few_episodes_are_an_infinite_threshold_that_says_so(count):
    made = calibrate(calibration([[1.0]] * count), Band.constant(), 0.05)
    assert made.level == np.inf and not made.is_certified
    assert f'at least 19 successful calibration episodes, received {count}' in made.refusal
    assert not made.flags(np.array([1e300])).any()


def test_scores_that_are_no_numbers_raise_the_threshold_and_are_alarms():
    rows = [[1.0, np.nan]] * 3 + [[1.0]] * 17
    made = calibrate(calibration(rows), Band.constant(), 0.1)
    assert made.level == np.inf and 'not finite' in made.refusal
    good = calibrate(calibration([[1.0]] * 20), Band.constant(), 0.1)
    assert good.flags(np.array([1.0, np.nan, 1.1])).tolist() == [False, True, True]
    assert good.flag(0, float('nan'))


def test_a_band_is_mean_and_deviation_and_stays_past_its_end():
    made = make_band(band([[0.0, 2.0, 9.0], [2.0, 6.0]]))
    assert made.mean.tolist() == [1.0, 4.0]
    assert made.modulation == pytest.approx([np.sqrt(2.0), np.sqrt(8.0)])
    scores = np.array([1.0, 4.0, 4.0, 4.0 + np.sqrt(8.0)])
    assert made.excesses(scores) == pytest.approx([0.0, 0.0, 0.0, 1.0])
    assert made.peak(scores) == pytest.approx(1.0)
    assert made.excess(1000, 4.0) == 0.0
    assert made.value(7, 2.0) == pytest.approx(4.0 + 2.0 * np.sqrt(8.0))


def test_a_score_that_never_varies_has_a_band():
    made = make_band(band([[1.0, 1.0]] * 3))
    assert (made.modulation > 0.0).all()


@pytest.mark.parametrize(
    ('make', 'wrong'),
    [
        (make_band, calibration([[1.0]] * 3)),
        (lambda e: calibrate(e, Band.constant(), 0.1), band([[1.0]] * 30)),
        (lambda e: calibrate(e, Band.constant(), 0.1), series([[1.0]] * 30)),
    ],
)
def test_episodes_of_another_part_are_refused(make, wrong):
    with pytest.raises(InvalidInputError, match='allowed: (Band|Calibration)Episodes'):
        make(wrong)


def test_a_failure_in_the_calibration_is_refused():
    failed = ScoreSeries('bad', False, np.ones(2))
    with pytest.raises(InvalidInputError, match='1 of 3 episodes are failures, the first bad'):
        CalibrationEpisodes((*series([[1.0]] * 2), failed))


def test_a_split_gives_each_episode_to_one_part():
    split = split_three_ways(scored([[1.0]] * 30), Shares(10, 5), seed=3)
    parts = [part.names for part in split]
    assert [len(part) for part in parts] == [10, 5, 15]
    assert len(frozenset().union(*parts)) == 30
    assert parts != [p.names for p in split_three_ways(scored([[1.0]] * 30), Shares(10, 5), 4)]
    with pytest.raises(InvalidInputError, match='same name'):
        split_three_ways(scored([[1.0]]) * 2, Shares(0, 0), 0)
    with pytest.raises(InvalidInputError, match='leave none for calibration'):
        split_three_ways(scored([[1.0]] * 3), Shares(2, 1), 0)


def test_a_scorer_that_knows_a_calibration_episode_is_refused():
    with pytest.raises(InvalidInputError, match='1 calibration episodes trained the scorer'):
        keep_apart(frozenset({'a', 'b'}), frozenset({'b', 'c'}))


def test_or_needs_half_of_alpha_each_and_and_does_not():
    rows = CalibrationEpisodes(tuple(
        type(e)(e.episode_id, True, {'a': e.scores['s'], 'b': e.scores['s']})
        for e in scored([[float(i)] for i in range(19)])
    ))  # fmt: skip
    bands = dict.fromkeys('ab', Band.constant())
    both = make_detector('ab', 'and', rows, bands, 0.1)
    either = make_detector('ab', 'or', rows, bands, 0.1)
    assert [t.alpha for t in both.thresholds] == [0.1, 0.1]
    assert [t.alpha for t in either.thresholds] == [0.05, 0.05]
    assert [t.level for t in (*both.thresholds, *either.thresholds)] == [17.0, 17.0, 18.0, 18.0]
    values = {'a': np.array([17.5, 18.5]), 'b': np.array([0.0, 20.0])}
    test = type(rows.episodes[0])('x', True, values)
    assert both.flags(test).tolist() == [False, True]
    assert either.flags(test).tolist() == [False, True]
    assert (both.peak(test) > 0) and (either.peak(test) > 0)
    assert 'needs at least 39' in make_detector('ab', 'or', rows, bands, 0.05).refusal
    assert not make_detector('ab', 'and', rows, bands, 0.05).refusal


def test_band_episodes_that_are_too_few_are_refused():
    with pytest.raises(InvalidInputError, match='band: 1 episodes'):
        make_band(BandEpisodes(tuple(series([[1.0]]))))
