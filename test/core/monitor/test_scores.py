"""Scores: streaming and offline are one to the bit, and each means what it says."""

import dataclasses
import math

import numpy as np
import pytest
from core.monitor.toy import ACTIONS, DRAWN, HORIZON, trace
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.roles import BandEpisodes, ScorerEpisodes
from valet_core.monitor.scores.catalogue import SCORES, fit_scores
from valet_core.monitor.scores.chunks import OverlapError, Stac
from valet_core.monitor.scores.entropy import EntropyByDimension, MeanEntropy, SumEntropy
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.scores.settings import ScoreSettings, TrainingSettings
from valet_core.monitor.trace import EpisodeTrace, TraceStep
from valet_core.monitor.window import MovingSum, moving_sums

SMALL = ScoreSettings(
    target=(16,), predictor=(16, 16), outputs=8, flow=(16,), clusters=8, lag=2, dwell_lag=3,
    training=TrainingSettings(epochs=3),
)  # fmt: skip
TRAINING = ScorerEpisodes(tuple(trace(seed) for seed in range(6)))


@pytest.fixture(scope='module')
def fitted():
    return {score.name: score for score in fit_scores(list(SCORES), TRAINING, SMALL, seed=0)}


@pytest.mark.parametrize('name', SCORES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 12), success=st.booleans())
def test_streaming_is_offline_to_the_bit(fitted, name, seed, steps, success):
    score = fitted[name]
    episode = trace(seed, success, steps)
    random = np.random.default_rng(seed)
    stamps = np.cumsum(random.choice([1 / 30, 2 / 30, 0.1, 1.0], steps))  # gaps of all sizes
    episode = dataclasses.replace(episode, stamps=stamps)
    for _ in range(2):  # the second time after another episode
        score.reset()
        streamed = np.array([score.step(step) for step in episode])
        assert np.array_equal(streamed, score.offline(episode))


@settings(max_examples=50)
@given(
    values=st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1),
    width=st.integers(1, 12),
)
def test_a_window_is_its_offline_form_to_the_bit(values, width):
    total = MovingSum(width)
    streamed = np.array([total.step(value) for value in values])
    assert np.array_equal(streamed, moving_sums(np.array(values), width), equal_nan=True)


def test_a_window_sums_the_last_values():
    assert moving_sums(np.array([1.0, 2.0, 3.0, 4.0]), 2).tolist() == [1.0, 3.0, 5.0, 7.0]


@pytest.mark.parametrize('name', SCORES)
def test_a_score_is_the_same_from_its_parameters_and_tensors(fitted, name):
    score = fitted[name]
    again = SCORES[name].restore(score.parameters(), score.tensors())
    assert np.array_equal(again.offline(trace(77)), score.offline(trace(77)))


def test_the_same_seed_trains_the_same_network(fitted):
    (again,) = fit_scores(['rnd_oe'], TRAINING, SMALL, seed=0)
    (other,) = fit_scores(['rnd_oe'], TRAINING, SMALL, seed=1)
    expected = fitted['rnd_oe'].offline(trace(50))
    assert np.array_equal(again.offline(trace(50)), expected)
    assert not np.array_equal(other.offline(trace(50)), expected)


@pytest.mark.parametrize('name', ['rnd_oe', 'logpzo', 'pca_kmeans', 'mahalanobis', 'rnd_a',
                                  'ace_mean', 'ace_sum', 'ace_dims', 'magnitude'])  # fmt: skip
def test_what_training_has_not_seen_scores_higher(fitted, name):
    usual = np.mean([fitted[name].offline(trace(seed)).mean() for seed in range(100, 110)])
    strange = np.mean([fitted[name].offline(trace(s, False))[12:].mean() for s in range(100, 110)])
    assert strange > 1.3 * usual


def step(actions=None, samples=None, stamp=0.0, index=0):
    actions = np.zeros((HORIZON, ACTIONS), np.float32) if actions is None else actions
    return TraceStep(index, stamp, np.zeros(4, np.float32), actions, samples)


def spread_samples():
    """Four chunks, each in a cell of its own in x, two by two in y, all alike in z."""
    samples = np.zeros((4, 2, 3), np.float32)
    samples[:, :, 0] = np.array([0.5, 1.5, 2.5, 3.5])[:, None]
    samples[:, :, 1] = np.array([0.5, 0.5, 1.5, 1.5])[:, None]
    return samples


@pytest.mark.parametrize(
    ('kind', 'bits'), [(MeanEntropy, 2.0), (SumEntropy, 4.0), (EntropyByDimension, 3.0)]
)
def test_entropy_by_hand(kind, bits):
    score = kind((0, 1, 2), 0.0, np.zeros(3), np.ones(3))
    assert score.value(step(samples=spread_samples())) == pytest.approx(bits)
    alike = np.repeat(spread_samples()[:1], 4, axis=0)
    assert score.value(step(samples=alike)) == pytest.approx(0.0)


def test_velocities_are_summed_to_positions():
    # At 0.4 m/s the second step ends in the next cell of 0.5 m, the first does not.
    samples = np.zeros((2, 2, 1), np.float32)
    samples[1] = 0.4
    moved = MeanEntropy((0,), 1.0, np.zeros(1), np.array([0.5]))
    assert moved.value(step(samples=samples)) == pytest.approx(0.5)  # bits 0 and 1
    still = MeanEntropy((0,), 0.0, np.zeros(1), np.array([0.5]))
    assert still.value(step(samples=samples)) == pytest.approx(0.0)


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_a_sample_that_is_no_number_has_no_entropy(value):
    samples = spread_samples()
    samples[0, 0, 0] = value
    score = MeanEntropy((0, 1, 2), 1.0, np.zeros(3), np.ones(3))
    assert math.isnan(score.value(step(samples=samples)))


def ramp(begin):
    """A chunk of one number that rises by one a period."""
    return (begin + np.arange(6, dtype=np.float32))[:, None]


def test_overlap_error_compares_what_is_about_the_same_time():
    score = OverlapError(Standard(np.zeros(1), np.array([2.0])), period=0.1)
    score.step(step(ramp(0.0), stamp=0.0))
    assert score.step(step(ramp(2.0), stamp=0.2)) == 0.0  # two periods later, two further on
    assert score.step(step(ramp(3.0), stamp=0.4)) == pytest.approx(0.5)  # off by 1, in deviations
    assert score.step(step(ramp(50.0), stamp=9.0)) == pytest.approx(0.5)  # nothing in common
    score.reset()
    assert score.step(step(ramp(9.0), stamp=9.1)) == 0.0


def test_stac_is_zero_for_the_same_chunks_and_grows_with_their_distance():
    random = np.random.default_rng(0)
    drawn = random.normal(size=(DRAWN, 8, 2)).astype(np.float32)
    score = Stac(Standard(np.zeros(2), np.ones(2)), period=0.1)
    shifted = np.concatenate([drawn[:, 2:], np.zeros((DRAWN, 2, 2), np.float32)], axis=1)
    found = []
    for away in (0.0, 1.0, 5.0):
        score.reset()
        score.step(step(drawn[0], drawn, stamp=0.0))
        found.append(score.step(step(drawn[0], shifted + np.float32(away), stamp=0.2)))
    assert found[0] == pytest.approx(0.0, abs=1e-3)
    assert found[0] < found[1] < found[2] <= math.sqrt(2.0)


def test_scores_that_need_samples_refuse_episodes_without():
    without = ScorerEpisodes((trace(0), trace(1, draw=False)))
    cause = 'the first e1, and ace_mean needs them; scores that do not: rnd_oe'
    with pytest.raises(InvalidInputError, match=f'1 of 2 episodes have no samples, {cause}'):
        fit_scores(['rnd_oe', 'ace_mean'], without, SMALL, 0)


@pytest.mark.parametrize('names', [['nothing'], [], ['rnd_oe', 'rnd_oe']])
def test_names_that_are_not_there_are_refused(names):
    with pytest.raises(InvalidInputError, match='scores: received .*; allowed, each once: rnd_oe'):
        fit_scores(names, TRAINING, SMALL, 0)


def test_only_episodes_for_scorers_train_them():
    with pytest.raises(InvalidInputError, match='allowed: ScorerEpisodes'):
        fit_scores(['mahalanobis'], BandEpisodes((trace(0),)), SMALL, 0)


def steady(embedding, actions):
    """An episode of given rows at 10 Hz."""
    count = len(embedding)
    rows = np.asarray(actions, np.float32).reshape(count, 1, -1)
    return EpisodeTrace('e', 'toy', True, 0.1, np.arange(count) / 10,
                        np.asarray(embedding, np.float32), rows)  # fmt: skip


def wheel(seed, grip, steps=60):
    """A body that goes a share of the way that it is told, and sees where it is."""
    random = np.random.default_rng(seed)
    speed = random.uniform(0.0, 1.0, steps)
    place = np.concatenate([[0.0], np.cumsum(grip * speed)[:-1]])
    noise = 0.01 * random.normal(size=(steps, 2))
    return steady(np.stack([place, -place], axis=1) + noise, speed)


def test_surprise_is_what_does_not_follow_from_the_actions():
    training = ScorerEpisodes(tuple(
        dataclasses.replace(wheel(seed, 1.0), episode_id=f'e{seed}') for seed in range(10)
    ))  # fmt: skip
    (score,) = fit_scores(['surprise'], training, dataclasses.replace(SMALL, lag=5), seed=0)
    usual, slips = score.offline(wheel(50, 1.0)), score.offline(wheel(50, 0.2))
    assert (usual[:5] == 0.0).all(), 'nothing was foreseen of the first steps'
    assert slips[5:].mean() > 5.0 * usual[5:].mean()


def test_dwell_is_one_where_nothing_changes_and_small_where_all_does():
    moving = [steady(np.arange(30.0)[:, None] * [1.0, -1.0] + k, np.zeros(30)) for k in range(3)]
    training = ScorerEpisodes(tuple(
        dataclasses.replace(e, episode_id=f'e{k}') for k, e in enumerate(moving)
    ))  # fmt: skip
    (score,) = fit_scores(['dwell'], training, dataclasses.replace(SMALL, dwell_lag=4), seed=0)
    assert score.offline(moving[0])[4:] == pytest.approx(np.exp(-1.0), rel=1e-5)
    still = score.offline(steady(np.ones((30, 2)), np.zeros(30)))
    assert still[:4].tolist() == [0.0] * 4 and (still[4:] == 1.0).all()
