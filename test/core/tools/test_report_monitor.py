"""Tables of stored results of failure monitors."""

import json

import pytest

from valet_core.tools.cli import main
from valet_core.tools.report.monitor import (
    control_table,
    coverage_table,
    group_table,
    mean_table,
    method_table,
    order_table,
)


def method(twa, accuracy):
    return {
        'twa': twa, 'balanced_accuracy': accuracy, 'tpr': 0.75, 'tnr': 0.5, 'detection_time': None,
        'false_alarm_rate': 0.08, 'false_alarm_ci95': [0.03, 0.17], 'lead_time_s': 2.5,
    }  # fmt: skip


def result(task='mobility', twa=0.6):
    return {
        'task': task, 'policy': 'p', 'alpha': 0.1, 'seeds': 5, 'window': 3, 'command': './valet x',
        'proposed': 'b', 'episodes': {'successes': 30, 'failures': 20},
        'conditions': [{'name': 'slip', 'inside': False, 'about': 'wheels slip'}],
        'methods': {'a': method(0.5, 0.7), 'b': method(twa, 0.8)},
        'by_group': {'b': {'out slip': {'failures': {'alarms': 3.0, 'episodes': 4.0}}}},
        'coverage': {'0.05': {}, '0.1': {'b': {'false_alarm_rate': 0.08,
                                               'false_alarm_ci95': [0.03, 0.17]}}},
        'length_control': {'steps': 17, 'methods': {'b': method(0.4, 0.6)}},
        'oracle_window': {'b': {'window': 20, 'twa': 0.65, 'balanced_accuracy': 0.85}},
        'order': {'s': {'means': {'success in': 1.0, 'failure in': None}, 'holds': False}},
    }  # fmt: skip


def row(text, start):
    (line,) = [line for line in text.splitlines() if line.startswith(f'| {start} |')]
    return [cell.strip() for cell in line.strip('|').split('|')]


def test_the_best_method_is_first_and_ours_is_marked():
    lines = method_table(result()).splitlines()
    names = [line.split('|')[1].strip() for line in lines if line.startswith('|')][2:]
    assert names == ['b *', 'a']
    cells = row(method_table(result()), 'b *')
    assert cells[1:6] == ['0.60', '0.80', '0.75', '0.50', '-']
    assert cells[-1] == '0.08 [0.03, 0.17]'


def test_means_are_over_the_tasks():
    text = mean_table([result(twa=0.6), result('dressing', 0.8)])
    assert row(text, 'b') == ['b', '0.60, 0.80', '0.80, 0.80', '0.70, 0.80']


def test_what_is_not_certified_is_said():
    assert row(coverage_table(result()), 'b') == ['b', 'not certified', '0.08 [0.03, 0.17]']


def test_groups_controls_and_order():
    assert row(group_table(result()), 'out slip')[1:] == ['0.75 of 4', '', 'wheels slip']
    cells = row(control_table(result()), 'b')
    assert cells[1:] == ['0.60, 0.80', '0.40, 0.60', '0.65, 0.85 (20)']
    assert row(order_table(result()), 's')[1:] == ['1.00', '-', 'no']


def test_the_verb_prints_and_writes(tmp_path, capsys):
    (tmp_path / 'a.json').write_text(json.dumps(result()))
    (tmp_path / 'other.json').write_text('{}')
    out = tmp_path / 'tables.md'
    assert main(['report', 'monitor', '--results', str(tmp_path), '--out', str(out)]) == 0
    assert capsys.readouterr().out.strip() == out.read_text().strip()


@pytest.mark.parametrize('content', [None, '{}'])
def test_a_folder_without_results_is_refused(tmp_path, content, capsys):
    if content is not None:
        (tmp_path / 'a.json').write_text(content)
    assert main(['report', 'monitor', '--results', str(tmp_path)]) != 0
    assert 'holds no result of a monitor' in capsys.readouterr().err
