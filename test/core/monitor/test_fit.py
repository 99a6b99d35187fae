"""Recordings and verbs: what is written is read, what is wrong is refused, what is reported."""

import dataclasses
import json

import numpy as np
import pytest
from core.monitor.toy import scored, trace

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.dealing import CalibrationConfig
from valet_core.monitor.fit import FitConfig, evaluate_recordings, fit_monitor
from valet_core.monitor.folder import load_monitor
from valet_core.monitor.recording import TraceRecorder, read_episodes, write_episode
from valet_core.monitor.score_log import write_score_log
from valet_core.monitor.scores.settings import ScoreSettings
from valet_core.tools.cli import main

KEYS = {'twa', 'balanced_accuracy', 'tpr', 'tnr', 'detection_time', 'false_alarm_rate',
        'false_alarm_ci95', 'latency_p99_ms'}  # fmt: skip


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('episodes')
    for seed in range(36):
        write_episode(path, trace(seed, success=seed < 26))
    return path


def test_a_recording_is_read_as_it_was(tmp_path):
    force = np.linspace(0.0, 9.0, len(trace(1)))
    before = dataclasses.replace(trace(1), group='out', ended=2.5, force=force)
    write_episode(tmp_path, before)
    (after,) = read_episodes(tmp_path)
    for field in dataclasses.fields(before):
        assert np.array_equal(getattr(after, field.name), getattr(before, field.name)), field.name


def test_end_and_forces_that_nobody_noted_are_not_known(tmp_path):
    write_episode(tmp_path, trace(1))
    (after,) = read_episodes(tmp_path)
    assert np.isnan(after.ended) and after.force is None


def test_fit_takes_successes_of_a_group_and_all_failures(folder, tmp_path):
    usual, out = tmp_path / 'traces', tmp_path / 'out.json'
    for k, episode in enumerate(read_episodes(folder)):
        group = 'in usual' if k % 4 else 'out windy'
        write_episode(usual, dataclasses.replace(episode, group=group))
    kept = sum(e.success and e.group == 'in usual' for e in read_episodes(usual))
    arguments = ['monitor', 'fit', '--episodes', usual, '--group', 'in', '--alpha', '0.2',
                 '--scores', 'mahalanobis', '--seeds', '1', '--json', out]  # fmt: skip
    assert main([str(a) for a in arguments]) == 0
    assert json.loads(out.read_text())['episodes'] == {'successes': kept, 'failures': 10}


def test_a_recorder_makes_an_episode_of_its_steps():
    recorder, wanted = TraceRecorder(), trace(2, draw=False)
    for step in wanted:
        recorder.add(step.stamp, step.embedding, step.actions, step.samples)
    made = recorder.episode('e2', 'toy', True, wanted.period)
    assert np.array_equal(made.embedding, wanted.embedding) and made.samples is None
    recorder.add(9.0, wanted.embedding[0], wanted.actions[0], np.zeros((2, 6, 3)))
    with pytest.raises(InvalidInputError, match='only some of its steps have samples'):
        recorder.episode('e2', 'toy', True, 0.1)


@pytest.mark.parametrize(
    ('spoil', 'cause'),
    [
        (lambda p: p.write_bytes(b''), 'e1.npz: is empty, cut off or no .npz'),
        (lambda p: p.write_bytes(p.read_bytes()[:-500]), 'e1.npz: is empty, cut off or no .npz'),
        (lambda p: np.savez(p, embedding=np.ones((2, 3))), 'e1.npz: lacks actions, stamps'),
        (lambda p: write_episode(p.parent, trace(1, size=9)), 'embedding size 9, and 12 is'),
        (lambda p: write_episode(p.parent, trace(1, policy='b')), "policy 'b': another policy"),
        (lambda p: write_episode(p.parent, trace(5)) and p.write_bytes(
            p.with_name('e5.npz').read_bytes()), 'episode e5 is there twice'),
    ],
)  # fmt: skip
def test_a_bad_recording_is_refused_with_its_cause(tmp_path, spoil, cause):
    for seed in (0, 1):
        write_episode(tmp_path, trace(seed))
    spoil(tmp_path / 'e1.npz')
    with pytest.raises(InvalidInputError, match=cause):
        read_episodes(tmp_path)


def test_arrays_of_different_lengths_are_an_episode_that_is_cut_off():
    with pytest.raises(InvalidInputError, match=r'episode e1: its arrays have \[19, 20\] steps'):
        dataclasses.replace(trace(1), embedding=trace(1).embedding[:-1])


def config(alpha=0.2, scores=('mahalanobis',), style='constant'):
    return FitConfig(scores, 'and', CalibrationConfig(alpha, style, 3, 8), ScoreSettings())


def test_too_few_successes_are_refused_with_the_number_that_is_needed(folder):
    episodes = read_episodes(folder)
    cause = 'alpha 0.01 needs at least 99 successful episodes for calibration, .*received 26'
    for work in (fit_monitor, evaluate_recordings):
        with pytest.raises(InvalidInputError, match=cause):
            work(episodes, config(0.01))
    with pytest.raises(InvalidInputError, match='all 10 episodes are failures'):
        fit_monitor([e for e in episodes if not e.success], config())


def test_a_scorer_that_was_trained_on_the_calibration_breaks_the_guarantee(folder):
    episodes = [trace(seed) for seed in range(60)]
    settings = FitConfig(('pca_kmeans',), 'and', CalibrationConfig(0.2, 'constant', 1, 6))
    found = evaluate_recordings(episodes, settings, ['scorer_on_calibration'])
    rate = found['methods']['pca_kmeans']['false_alarm_rate']
    broken = found['compared']['pca_kmeans [scorer_on_calibration]']['false_alarm_rate']
    # 6 splits of 18 tests each: 0.2 is exceeded to 0.32 once in a thousand.
    assert rate < 0.32 and broken > 0.6


def test_monitor_fit_reports_and_writes_a_monitor(folder, tmp_path, capsys):
    out = tmp_path / 'results' / 'out.json'
    command = ['monitor', 'fit', '--episodes', folder, '--alpha', '0.2', '--scores', 'mahalanobis',
               'ace_dims', '--seeds', '2', '--window', '3', '--json', out, '--out',
               tmp_path / 'm']  # fmt: skip
    assert main([str(word) for word in command]) == 0
    result = json.loads(out.read_text())
    names = {'mahalanobis', 'ace_dims', 'mahalanobis and ace_dims', 'mahalanobis or ace_dims'}
    assert set(result['methods']) | set(result['refused']) == names
    assert all(set(row) >= KEYS for row in result['methods'].values())
    assert result['methods']['mahalanobis']['tpr'] > 0.7
    assert result['episodes'] == {'successes': 26, 'failures': 10}
    assert load_monitor(tmp_path / 'm').detector.name == 'mahalanobis and ace_dims'
    assert 'mahalanobis and ace_dims' in capsys.readouterr().out


def test_monitor_fit_refuses_scores_that_need_samples_where_there_are_none(tmp_path, capsys):
    for seed in range(3):
        write_episode(tmp_path, trace(seed, draw=False))
    assert main(['monitor', 'fit', '--episodes', str(tmp_path), '--alpha', '0.2']) == 1
    assert '3 of 3 episodes have no samples' in capsys.readouterr().err


@pytest.fixture
def log(tmp_path):
    random = np.random.default_rng(0)
    good = scored(random.gamma(2.0, 1.0, (60, 25)))
    bad = scored(random.gamma(2.0, 1.0, (20, 25)) + np.linspace(0, 12, 25), success=False)
    rows = [
        dataclasses.replace(e, scores={**e.scores, 'u': random.normal(size=25)})
        for e in (*good, *bad)
    ]
    write_score_log(tmp_path / 'log.jsonl', rows)
    return tmp_path / 'log.jsonl'


def calibrate(log, *words):
    return main(['monitor', 'calibrate', '--episodes', str(log), *map(str, words)])


def test_monitor_calibrate_reports_each_score_and_pair(log, tmp_path, capsys):
    out = tmp_path / 'out.json'
    words = ('--alpha', 0.1, '--seeds', 4, '--json', out, '--out', tmp_path / 'thresholds')
    assert calibrate(log, *words, '--compare', 'per_step_quantiles') == 0
    result = json.loads(out.read_text())
    assert set(result['methods']) == {'s', 'u', 's and u', 's or u'}
    assert all(set(row) >= KEYS for row in result['methods'].values())
    s, u = result['methods']['s'], result['methods']['u']
    assert s['tpr'] > 0.9 > 0.4 > u['tpr'] and s['roc_auc'] > 0.9
    assert s['balanced_accuracy'] == pytest.approx((s['tpr'] + s['tnr']) / 2)
    # 30 tests a split: 0.1 is exceeded to 0.3 once in a thousand.
    assert all(row['false_alarm_rate'] < 0.3 for row in result['methods'].values())
    assert result['compared']['s [per_step_quantiles]']['false_alarm_rate'] > 0.8
    stored = json.loads((tmp_path / 'thresholds' / 'config.json').read_text())
    assert stored['methods']['s']['thresholds']['s']['count'] == 60
    assert 's [per_step_quantiles]' in capsys.readouterr().out


def test_monitor_calibrate_is_the_same_again(log, tmp_path):
    results = []
    for name in 'ab':
        assert calibrate(log, '--alpha', 0.1, '--style', 'band', '--json', tmp_path / name) == 0
        methods = json.loads((tmp_path / name).read_text())['methods']
        results.append([{k: v for k, v in m.items() if 'ms' not in k} for m in methods.values()])
    assert results[0] == results[1]


def test_monitor_calibrate_says_what_it_cannot_certify(log, capsys):
    assert calibrate(log, '--alpha', 0.05, '--seeds', 2) == 0
    shown = ' '.join(capsys.readouterr().out.split())
    assert 'not certified: s or u: s: alpha 0.025 needs at least 39' in shown


@pytest.mark.parametrize(
    ('alpha', 'cause'),
    [(0.01, 'alpha 0.01 needs at least 99 successful episodes'), (0.9, 'alpha: 0.9 is above')],
)
def test_monitor_calibrate_refuses_an_alpha_that_cannot_be(log, capsys, alpha, cause):
    assert calibrate(log, '--alpha', alpha) == 1
    assert cause in capsys.readouterr().err


def test_monitor_calibrate_refuses_a_log_that_is_cut_off(log, capsys):
    log.write_text(log.read_text()[:-100])
    assert calibrate(log, '--alpha', 0.1) == 1
    cause = 'log.jsonl:80: is no JSON (its last line: the file is cut off)'
    assert cause in capsys.readouterr().err
