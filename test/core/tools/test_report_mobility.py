"""Tables of stored results hold the rates, their intervals and the factor over the base."""

import argparse
import json

import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.tools.report import mobility as report_mobility


def record(controller, scene, rate):
    entry = {'mean': rate, 'ci95': [max(rate - 0.1, 0.0), min(rate + 0.1, 1.0)]}
    return {'embodiment': 'go1', 'controller': controller, 'scene': scene,
            'summary': {'success': entry}}  # fmt: skip


def test_scene_table_gives_rates_and_the_factor_over_the_base():
    records = [record('base', 'ward', 0.2), record('base', 'office', 0.2),
               record('generalist', 'ward', 0.9), record('generalist', 'office', 0.7)]  # fmt: skip
    table = report_mobility.scene_table(records)
    assert '| go1 | generalist | 0.70 [0.60, 0.80] | 0.90 [0.80, 1.00] | x 4.00 |' in table


def test_what_was_not_as_usual_has_a_row_of_its_own():
    records = [record('base', 'ward', 0.2), record('generalist', 'ward', 0.9),
               {**record('generalist', 'ward', 0.7), 'people': True, 'simulator': 'mujoco'},
               {**record('generalist', 'ward', 0.5), 'match_scans': False},
               record('model:some/folder/scratch_1', 'ward', 0.1)]  # fmt: skip
    table = report_mobility.scene_table(records)
    assert '| go1 | generalist | 0.90 [' in table
    assert '| go1 | generalist, in MuJoCo, people | 0.70 [' in table
    assert '| go1 | generalist, odometry only | 0.50 [' in table
    assert '| go1 | model:scratch_1 | 0.10 [' in table


def test_time_table_holds_weighted_time_and_collisions_of_one_controller():
    summary = {'wtt_s': 12.34, 'collision': {'mean': 0.02, 'ci95': [0.01, 0.05]}}
    records = [{'embodiment': 'go1', 'controller': name, 'scene': 'ward', 'summary': summary}
               for name in ('generalist', 'base')]  # fmt: skip
    table = report_mobility.time_table(records)
    assert '| go1 | 12.3 s, 0.02 [0.01, 0.05] |' in table
    assert report_mobility.time_table(records[1:]) == ''


def test_training_table_gathers_seeds(tmp_path):
    for seed, success in ((1, 0.8), (2, 0.6)):
        folder = tmp_path / f'run{seed}'
        folder.mkdir()
        config = {'stage': 'residual', 'embodiments': ['go1'], 'rnd': 0.5, 'seed': seed}
        (folder / 'config.json').write_text(json.dumps(config))
        metrics = {'training': [{'steps': 40, 'success': success / 2},
                                {'steps': 80, 'success': success}]}  # fmt: skip
        (folder / 'metrics.json').write_text(json.dumps(metrics))
    table = report_mobility.training_table(tmp_path)
    assert '| go1 | residual | 0.5 | 80 | 0.350 | 0.80, 0.60 | 0.700 [' in table


def test_barn_table_names_simulator_and_time():
    entry = {'mean': 0.5, 'ci95': [0.49, 0.5]}
    record = {
        'controller': 'generalist', 'embodiment': 'jackal', 'simulator': 'mujoco',
        'recorded_in_gazebo': {'DWA': 0.159},
        'summary': {'count': 50, 'score': entry, 'success': entry, 'step_p99_ms': 1.5,
                    'time_s': {'mean': 4.7, 'ci95': [4.6, 4.8]},
                    'pace': {'mean': 1.02, 'ci95': [1.01, 1.03]}},
    }  # fmt: skip
    table = report_mobility.barn_table([record])
    row = '| generalist | jackal | mujoco | 50 | 0.500 [0.490, 0.500] | 1.020 [1.010, 1.030] |'
    assert row + ' 0.500 [0.490, 0.500] | 4.70 [4.60, 4.80] | 1.50 |' in table
    assert 'DWA 0.159' in table


def test_loss_table_compares_on_the_same_drives(tmp_path):
    rates = {'kl': {'drives': 100, 'success': 0.9}, 'mse': {'drives': 100, 'success': 0.8}}
    compared = {'comparison of losses': {'go1': rates, 'g1': rates}}
    (tmp_path / 'generalist').mkdir()
    text = json.dumps({'training': [{'round': 1}, compared]})
    (tmp_path / 'generalist' / 'metrics.json').write_text(text)
    table = report_mobility.loss_table(tmp_path)
    assert '| body | kl | mse |' in table and '| go1 | 0.90 [0.83, 0.94] | 0.80 [' in table
    assert '| all | 0.900 [0.851, 0.934] | 0.800 [' in table
    assert report_mobility.loss_table(tmp_path / 'generalist') == ''


def test_memory_table_adds_up_the_seeds_of_planners(tmp_path):
    for name, keyframes, expert, success in (
        ('a', 0, 'planner', 0.5), ('b', 0, 'planner', 0.7), ('c', 10, 'planner', 0.9),
        ('d', 10, 'specialist', 0.1),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        config = {'features': {'keyframes': keyframes}, 'experts': {'go1': {'expert': expert}}}
        (tmp_path / name / 'config.json').write_text(json.dumps(config))
        compared = {'comparison of losses': {'go1': {'kl': {'drives': 100, 'success': success}}}}
        (tmp_path / name / 'metrics.json').write_text(json.dumps({'training': [compared]}))
    table = report_mobility.memory_table(tmp_path)
    assert '| body | 0 scans | 10 scans |' in table
    assert '| go1 | 0.600 [' in table and '| 0.900 [' in table and '0.500' not in table


def test_folder_without_results_is_refused(tmp_path):
    arguments = argparse.Namespace(results=tmp_path, models=None, out=None)
    with pytest.raises(InvalidInputError, match='holds no .json'):
        report_mobility.run(arguments)
