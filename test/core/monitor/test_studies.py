"""Studies of a task: which episodes are made, and what is said of those that were."""

import dataclasses
import json

import numpy as np
import pytest
from core.monitor.toy import trace

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.metrics import Detection
from valet_core.monitor.recording import read_episode, write_episode
from valet_core.monitor.scores.settings import ScoreSettings, TrainingSettings
from valet_core.monitor.series import ScoredEpisode
from valet_core.monitor.studies.assessment import AssessmentConfig, assess, methods_of
from valet_core.monitor.studies.consequences import STOPPING, consequences, force_until
from valet_core.monitor.studies.groups import KINDS, kind_of, score_order
from valet_core.monitor.studies.study import (
    Combination,
    Condition,
    Study,
    Trial,
    is_inside,
    plan_trials,
    record_trials,
)
from valet_core.tools.cli import main
from valet_core.tools.evaluate import monitor as verb

CONDITIONS = (
    Condition('usual', True, 'as ever'),
    Condition('windy', False, 'walks away'),
    Condition('dark', False, 'walks away as well'),
)
MADE = []


def make(trial: Trial):
    """Failures walk away; every other one of those outside is a success."""
    MADE.append(trial.name)
    success = trial.condition.inside or trial.number % 2 == 0
    episode = trace(trial.seed, success, draw=False, name=trial.name)
    force = np.linspace(1.0, 50.0, len(episode))
    return dataclasses.replace(
        episode, group=trial.condition.group, ended=float(episode.stamps[-1]) + 1.0, force=force
    )


STUDY = Study(
    'toy', CONDITIONS, make, ('mahalanobis', 'dwell', 'magnitude'),
    (Combination(('mahalanobis', 'dwell'), 'or'),), 'mahalanobis or dwell', 3,
)  # fmt: skip
SMALL = ScoreSettings(lag=2, dwell_lag=2, training=TrainingSettings(epochs=2))


def test_half_of_the_trials_are_inside_wherever_they_are_cut_off():
    trials = plan_trials(STUDY, 40, 7)
    for count in range(2, 41, 2):
        assert sum(t.condition.inside for t in trials[:count]) == count // 2
    assert [t.condition.name for t in trials[1::2]][:4] == ['windy', 'dark', 'windy', 'dark']
    assert plan_trials(STUDY, 10, 7) == trials[:10]
    assert len({t.seed for t in trials}) == 40 and len({t.name for t in trials}) == 40
    assert not {t.seed for t in plan_trials(STUDY, 40, 8)} & {t.seed for t in trials}


def test_what_was_recorded_is_not_made_again(tmp_path):
    trials = plan_trials(STUDY, 6, 1)
    MADE.clear()
    first = dict(record_trials(STUDY, trials[:4], tmp_path, 1))
    assert len(MADE) == 4 == len(list(tmp_path.glob('*.npz')))
    again = dict(record_trials(STUDY, trials, tmp_path, 1))
    assert [t.name for t in trials] == MADE and set(again) == set(trials)
    for trial, episode in first.items():
        np.testing.assert_array_equal(again[trial].embedding, episode.embedding)
        assert again[trial].group == trial.condition.group


def test_force_and_end_are_kept_in_a_recording(tmp_path):
    episode = make(plan_trials(STUDY, 2, 0)[1])
    again = read_episode(write_episode(tmp_path, episode))
    assert again.ended == episode.ended
    np.testing.assert_array_equal(again.force, episode.force)
    with pytest.raises(InvalidInputError, match='arrays have'):
        dataclasses.replace(episode, force=episode.force[:-1])


@pytest.mark.parametrize('count', [0, -1])
def test_no_trials_are_refused(count):
    with pytest.raises(InvalidInputError, match='allowed: 1 or more'):
        plan_trials(STUDY, count, 0)


def test_a_condition_is_found_by_its_name_and_no_name_is_there_twice():
    assert STUDY.condition('dark') is CONDITIONS[2]
    with pytest.raises(InvalidInputError, match="received 'fog'; allowed: usual, windy, dark"):
        STUDY.condition('fog')
    with pytest.raises(InvalidInputError, match='different names'):
        dataclasses.replace(STUDY, conditions=(CONDITIONS[0], CONDITIONS[0]))


def test_force_counts_until_the_robot_has_stopped():
    episode = dataclasses.replace(
        trace(1, False, steps=5), stamps=np.array([0.0, 0.1, 0.2, 0.3, 0.4]),
        force=np.array([1.0, 5.0, 20.0, 30.0, 60.0]), ended=1.4,
    )  # fmt: skip
    assert STOPPING == 0.25
    assert force_until(episode, 0) == 20.0  # steps up to 0.25 s
    assert force_until(episode, None) == 60.0
    rows = [
        (episode, Detection(False, 5, 0, 1.0)), (episode, Detection(False, 5, None, -1.0)),
        (episode, Detection(True, 5, 1, 1.0)),
    ]  # fmt: skip
    found = consequences(rows)
    assert found['newtons_avoided'] == 20.0  # (60 - 20 + 60 - 60) / 2
    assert (found['high_force'], found['high_force_stopped']) == (1.0, 0.5)
    assert found['lead_time_s'] == found['lead_time_median_s'] == pytest.approx(1.4)
    unknown = consequences([(trace(1, False), Detection(False, 20, 0, 1.0))])
    assert set(unknown.values()) == {None}


def test_the_order_of_mean_scores_is_checked():
    def episode(mean, success, group):
        return ScoredEpisode('e', success, {'s': np.full(4, mean)}, group)

    rows = [
        episode(1.0, True, 'in usual'), episode(2.0, True, 'out windy'),
        episode(3.0, False, 'in usual'), episode(4.0, False, 'out windy'),
    ]  # fmt: skip
    found = score_order([rows], ['s'])['s']
    assert list(found['means'].values()) == [1.0, 2.0, 3.0, 4.0] and found['holds'] is True
    assert [kind_of(e) for e in rows] == list(KINDS)
    rows[1] = episode(3.0, True, 'out windy')
    assert score_order([rows], ['s'])['s']['holds'] is False
    assert score_order([rows[:2]], ['s'])['s']['holds'] is None


@pytest.fixture(scope='module')
def assessed():
    episodes = [make(t) for t in plan_trials(STUDY, 120, 3)]
    return episodes, assess(STUDY, episodes, AssessmentConfig(0.1, 3, SMALL))


def test_every_method_is_assessed_on_what_nothing_was_made_from(assessed):
    episodes, found = assessed
    assert len(found['methods']) == len(methods_of(STUDY)) == 4 and not found['refused']
    row = found['methods']['mahalanobis']
    failures = [e for e in episodes if not e.success]
    outside = [e for e in episodes if e.success and not is_inside(e.group)]
    assert row['failures'] == len(failures)
    # 60 usual successes: 24 for the scorer, 19 for calibration as `or` needs alpha / 2, 17 tested.
    assert row['usual_successes'] == 60 - 24 - 19
    assert row['successes'] == row['usual_successes'] + len(outside)
    assert row['tpr'] > 0.9 and row['lead_time_s'] > 0.0 and row['newtons_avoided'] > 0.0
    assert {'twa', 'balanced_accuracy', 'tpr', 'tnr', 'detection_time', 'false_alarm_rate',
            'false_alarm_ci95', 'latency_p99_ms'} <= set(row)  # fmt: skip


def test_groups_add_up_to_the_whole(assessed):
    _, found = assessed
    for name, groups in found['by_group'].items():
        row = found['methods'][name]
        bad = [g['failures'] for g in groups.values() if 'failures' in g]
        assert sum(g['episodes'] for g in bad) == pytest.approx(row['failures'])
        share = sum(g['alarms'] for g in bad) / row['failures']
        assert share == pytest.approx(row['tpr'])


def test_controls_and_the_oracle_are_beside_the_fixed_window(assessed):
    episodes, found = assessed
    assert found['length_control']['steps'] == min(len(e) for e in episodes if e.success)
    best = found['oracle_window']['mahalanobis']
    config = AssessmentConfig(0.1, 3, SMALL)
    again = assess(dataclasses.replace(STUDY, window=best['window']), episodes, config)
    assert again['methods']['mahalanobis']['twa'] == best['twa']
    assert set(found['coverage']) == {'0.05', '0.1', '0.2'}
    for row in found['coverage']['0.2'].values():
        low, high = row['false_alarm_ci95']
        assert low <= row['false_alarm_rate'] <= high


def test_too_few_usual_successes_are_refused():
    episodes = [make(t) for t in plan_trials(STUDY, 20, 3)]
    with pytest.raises(InvalidInputError, match='at least 19 usual successes .* received 10'):
        assess(STUDY, episodes, AssessmentConfig(0.1, 1, SMALL))


def test_false_alarms_of_new_usual_successes_keep_alpha():
    """Exchangeable scores: over many splits of many episodes the rate is that of the rank."""
    episodes = [make(t) for t in plan_trials(STUDY, 300, 11)]
    found = assess(STUDY, episodes, AssessmentConfig(0.1, 8, SMALL))
    for name in ('mahalanobis', 'magnitude'):
        # 45 calibration episodes: 1 - 42 / 46 is expected, 0.087; 360 draws share episodes.
        assert found['coverage']['0.1'][name]['false_alarm_rate'] <= 0.1 + 0.05


def test_the_verb_records_evaluates_and_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(verb, 'find_study', lambda task: STUDY)
    out, traces = tmp_path / 'results' / 'out.json', tmp_path / 'traces'
    arguments = ['eval', 'monitor', '--task', 'mobility', '--alpha', '0.2', '--episodes', '60',
                 '--seeds', '2', '--traces', traces, '--processes', '1', '--json',
                 out]  # fmt: skip
    assert main([str(a) for a in arguments]) == 0
    result = json.loads(out.read_text())
    assert result['task'] == 'mobility'
    assert result['command'].startswith('./valet') and result['git_commit']
    assert (result['alpha'], result['seeds'], result['window']) == (0.2, 2, 3)
    assert result['episodes']['successes'] + result['episodes']['failures'] == 60
    assert result['proposed'] in result['methods'] and len(list(traces.glob('*.npz'))) == 60
    assert 'mahalanobis or dwell' in capsys.readouterr().out
