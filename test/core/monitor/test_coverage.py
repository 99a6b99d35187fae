"""The guarantee by repeated draws: the exact law of coverage, and what breaks it.

Seeds are fixed, and tolerances are those of the binomial law: a right rank passes with a
probability of 0.999 whatever the seed, and a rank that is off by one would be found.
"""

import numpy as np
import pytest
from core.monitor.toy import band, calibration, scored
from scipy import stats

from valet_core.monitor.comparison import broken_detector, drifted
from valet_core.monitor.conformal import Band, calibrate, conformal_rank, make_band
from valet_core.monitor.dealing import Part
from valet_core.monitor.detector import make_detector
from valet_core.monitor.roles import BandEpisodes, CalibrationEpisodes

PASS, BREAK = 1e-3, 1e-6  # p-values
DISTRIBUTIONS = {'gaussian': stats.norm(), 'skewed': stats.lognorm(1.0)}
LENGTHS = np.array([1, 3, 3, 8])  # of episodes, each as likely


def draw(random, kind, count):
    """Scores of episodes of different lengths."""
    lengths = random.choice(LENGTHS, count)
    return [DISTRIBUTIONS[kind].rvs(n, random_state=random) for n in lengths]


def coverage(kind, threshold):
    """Probability that no step of a new episode is above its threshold."""
    limits = [threshold.at(t) for t in range(LENGTHS.max())]
    below = np.cumprod(DISTRIBUTIONS[kind].cdf(limits))
    return float(np.mean(below[LENGTHS - 1]))


def check_law(found, count, alpha):
    """Coverages follow the law of their rank, and neither of those beside it."""
    rank = conformal_rank(count, alpha)
    law = lambda k: stats.kstest(found, stats.beta(k, count + 1 - k).cdf).pvalue  # noqa: E731
    assert law(rank) > PASS
    assert law(rank - 1) < BREAK
    assert rank == count or law(rank + 1) < BREAK


@pytest.mark.parametrize('kind', DISTRIBUTIONS)
@pytest.mark.parametrize(
    ('count', 'alpha'), [(9, 0.1), (10, 0.1), (19, 0.1), (20, 0.1), (19, 0.05), (20, 0.05)]
)
def test_coverage_follows_the_beta_law_of_its_rank_and_of_no_other(kind, count, alpha):
    random, found = np.random.default_rng(count), []
    for _ in range(1000):
        episodes = calibration(draw(random, kind, count))
        found.append(coverage(kind, calibrate(episodes, Band.constant(), alpha)))
    check_law(found, count, alpha)
    assert np.mean(found) >= 1.0 - alpha - 3.3 * np.std(found) / np.sqrt(1000)


@pytest.mark.parametrize('kind', DISTRIBUTIONS)
def test_a_time_varying_band_has_the_same_law(kind):
    random, found = np.random.default_rng(1), []
    for _ in range(600):
        made = make_band(band(draw(random, kind, 8)))
        threshold = calibrate(calibration(draw(random, kind, 19)), made, 0.1)
        found.append(coverage(kind, threshold))
    check_law(found, 19, 0.1)


@pytest.mark.parametrize('rule', ['and', 'or'])
def test_both_rules_keep_alpha(rule):
    random, repeats, alpha = np.random.default_rng(2), 500, 0.1
    false = 0
    for _ in range(repeats):
        rows = [draw(random, 'skewed', 40), draw(random, 'gaussian', 40)]
        episodes = [
            type(e)(e.episode_id, True, {'a': a[:1], 'b': b[:1]})
            for e, a, b in zip(scored(rows[0]), *rows, strict=True)
        ]
        part = CalibrationEpisodes(tuple(episodes[:39]))
        detector = make_detector('ab', rule, part, dict.fromkeys('ab', Band.constant()), alpha)
        false += bool(detector.flags(episodes[39]).any())
    assert stats.binomtest(false, repeats, alpha, alternative='greater').pvalue > PASS
    if rule == 'or':  # of two independent scores, at 0.05 each: 1 - 0.95^2
        assert stats.binomtest(false, repeats, 1 - 0.95**2).pvalue > PASS


def walks(random, count):
    """Skewed scores of 30 steps, each with its own share of noise."""
    return random.gamma(1.0, 1.0, (count, 30))


@pytest.mark.parametrize(
    ('control', 'breaks'),
    [('constant', False), ('lower_side_band', True), ('per_step_quantiles', True), ('drift', True),
     ('plain_quantile', True)],
)  # fmt: skip
def test_each_negative_control_breaks_the_guarantee_that_the_right_way_keeps(control, breaks):
    random, alpha, repeats = np.random.default_rng(3), 0.1, 1500 if 'plain' in control else 200
    false = 0
    for _ in range(repeats):
        rows = scored(walks(random, 20 + 9 + 1))
        part = Part(BandEpisodes(tuple(rows[:20])), CalibrationEpisodes(tuple(rows[20:29])),
                    (rows[29],))  # fmt: skip
        if control == 'constant':
            made = {'s': Band.constant()}
            detector = make_detector('s', 'and', part.calibration, made, alpha)
        else:
            detector = broken_detector(control, part, 's', alpha)
        test = drifted(part, 3.0).test if control == 'drift' else part.test
        false += bool(detector.flags(test[0]).any())
    p = stats.binomtest(false, repeats, alpha, alternative='greater').pvalue
    assert p < BREAK if breaks else p > PASS
