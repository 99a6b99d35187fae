"""The streaming monitor: as offline to the bit, an alarm for what it cannot score, every count."""

import dataclasses

import numpy as np
import pytest
from core.monitor.toy import trace
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.dealing import CalibrationConfig
from valet_core.monitor.fit import FitConfig, fit_monitor, score_episode
from valet_core.monitor.folder import load_monitor, save_monitor
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.scores.settings import ScoreSettings

EPISODES = [trace(seed) for seed in range(40)]
WINDOW = 4


def config(style='constant', rule='and', scores=('mahalanobis', 'ace_mean', 'stac')):
    return FitConfig(
        scores, rule, CalibrationConfig(0.2, style, WINDOW), ScoreSettings(clusters=8)
    )


@pytest.fixture(scope='module', params=['constant', 'band'])
def monitor(request):
    return fit_monitor(EPISODES, config(request.param))


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 30), success=st.booleans())
def test_streaming_is_offline_to_the_bit(monitor, seed, steps, success):
    episode = trace(seed, success, steps)
    scored = score_episode(monitor.scores, episode, WINDOW)
    monitor.reset()
    for _ in range(2):
        read = [monitor.step(step) for step in episode]
        if steps == 1:  # the same step again is none
            monitor.reset()
        for i, name in enumerate(monitor.detector.names):
            assert np.array_equal([r.scores[i] for r in read], scored.scores[name])
        assert [r.alarm for r in read] == monitor.detector.flags(scored).tolist()


def test_failures_raise_an_alarm_and_say_why():
    monitor = fit_monitor(EPISODES, config(scores=('mahalanobis', 'ace_mean')))
    readings = [monitor.step(step) for step in trace(200, success=False, steps=40)]
    alarms = [r for r in readings if r.alarm]
    assert alarms and all('mahalanobis' in r.reason and ' > ' in r.reason for r in alarms)
    assert not readings[0].alarm and readings[0].reason == ''


def play(monitor, steps, now=None):
    monitor.reset()
    return [monitor.step(step, now) for step in steps]


def replaced(step, **parts):
    return step._replace(**parts)


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        ({'embedding': np.full(12, np.nan, np.float32)}, 'not finite'),
        ({'actions': np.full((6, 3), np.inf, np.float32)}, 'not finite'),
        ({'samples': None}, 'no samples, and ace_mean, stac needs them'),
        ({'embedding': np.zeros(9, np.float32)}, 'embedding size 9, and 12 is expected: it is of '
         'another policy'),
        ({'actions': np.zeros(18, np.float32)}, 'allowed: (D,), (H, A)'),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_scored_is_an_alarm_and_no_pass(monitor, change, reason):
    before = monitor.counts.unusable
    steps = list(trace(3))
    bad = replaced(steps[5], **change)
    readings = play(monitor, [*steps[:5], bad, *steps[6:]])
    assert readings[5].alarm and reason in readings[5].reason
    assert np.isnan(readings[5].scores).all()
    assert np.isfinite(readings[5].thresholds).all()
    # So is each window that it is in, and none after.
    assert all(r.alarm and 'step of the window' in r.reason for r in readings[6 : 5 + WINDOW])
    assert np.isfinite(readings[5 + WINDOW].scores).all()
    assert monitor.counts.unusable == before + 1


def test_a_missing_step_counts_as_the_last_one_did(monitor):
    steps = list(trace(4))
    before = dataclasses.replace(monitor.counts)
    gap = play(monitor, [*steps[:6], *steps[8:]])
    assert monitor.counts.gaps == before.gaps + 1
    assert monitor.counts.missing == before.missing + 2
    whole = play(monitor, steps)
    i = monitor.detector.names.index('mahalanobis')
    raw = monitor.scores[i].offline(trace(4))
    assert gap[6].scores[i] == pytest.approx(raw[5] * 3 + raw[8])
    assert gap[6].thresholds == whole[8].thresholds  # the band is at the right step


def test_what_comes_again_or_too_late_is_left_out_and_counted(monitor):
    steps = list(trace(5))
    before = monitor.counts.out_of_order
    readings = play(monitor, [*steps[:4], steps[2], steps[3], *steps[4:]])
    assert readings[4] is readings[5] is None
    assert monitor.counts.out_of_order == before + 2
    assert [r for r in readings if r] == play(monitor, steps)


def test_a_step_that_is_old_when_it_comes_is_scored_and_counted(monitor):
    slow = Monitor(monitor.scores, monitor.detector, WINDOW, monitor.shape, max_age=0.5)
    steps = list(trace(6))
    assert slow.step(steps[0], now=0.4).names and slow.counts.late == 0
    assert slow.step(steps[1], now=1.0).names and slow.counts.late == 1


def test_an_episode_whose_first_step_was_lost_begins_anew(monitor):
    first, second = list(trace(7)), list(trace(8))
    moved = [replaced(s, stamp=s.stamp + 100.0) for s in second[2:]]
    episodes = monitor.counts.episodes
    readings = play(monitor, [*first, *moved])
    assert monitor.counts.episodes == episodes + 2
    i = monitor.detector.names.index('mahalanobis')
    assert readings[len(first)].scores[i] == monitor.scores[i].offline(trace(8))[2]


def test_steps_past_the_longest_episode_are_counted_where_the_threshold_varies(monitor):
    before = monitor.counts.beyond
    readings = play(monitor, list(trace(9, steps=30)))
    varies = len(monitor.detector.thresholds[0].band) > 1
    assert monitor.counts.beyond == before + (10 if varies else 0)
    assert readings[29].thresholds == readings[19].thresholds


@pytest.mark.parametrize('style', ['constant', 'band'])
def test_a_stored_monitor_is_the_same(style, tmp_path):
    made = fit_monitor(EPISODES, config(style, scores=('mahalanobis', 'overlap')))
    save_monitor(tmp_path / 'm', made, {'command': 'x'}, {})
    again = load_monitor(tmp_path / 'm')
    assert play(again, trace(9)) == play(made, trace(9))
    assert (again.alpha, again.policy) == (0.2, 'toy')
    assert 'probability of 0.2 at most' in (tmp_path / 'm' / 'card.md').read_text()


@pytest.mark.parametrize(
    ('spoil', 'cause'),
    [
        (lambda f: (f / 'config.json').write_text('{'), 'config.json: cannot be read'),
        (lambda f: (f / 'weights.safetensors').write_bytes(b'12'), 'safetensors: cannot be read'),
        (lambda f: (f / 'weights.safetensors').unlink(), 'safetensors: cannot be read'),
        (lambda f: (f / 'config.json').write_text('{"kind": "x"}'), "kind: received 'x'"),
        (lambda f: (f / 'config.json').write_text('{"kind": "failure_monitor"}'), 'incomplete'),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_is_refused(tmp_path, spoil, cause):
    made = fit_monitor(EPISODES, config(scores=('mahalanobis',)))
    save_monitor(tmp_path, made, {}, {})
    spoil(tmp_path)
    with pytest.raises(InvalidInputError, match=cause):
        load_monitor(tmp_path)


def test_thresholds_that_certify_nothing_make_no_monitor(monitor):
    endless = tuple(dataclasses.replace(t, level=np.inf) for t in monitor.detector.thresholds)
    detector = dataclasses.replace(monitor.detector, thresholds=endless)
    with pytest.raises(InvalidInputError, match='cannot raise an alarm'):
        Monitor(monitor.scores, detector, WINDOW, monitor.shape)
