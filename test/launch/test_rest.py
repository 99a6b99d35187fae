"""The benchmark of rest, on few trials: what is frozen and mended again, and what is pressed."""

import json

import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.tools.cli import main
from valet_nodes.trials.rest_bench import measure


def test_trials_rest_in_time_and_the_graph_is_of_use_again_after_each(tmp_path, capsys):
    path = tmp_path / 'rest.json'
    faults = ['policy_frozen', 'wrench_nan', 'stop', 'alarm']
    assert main(['bench', 'rest', '--trials', '1', '--json', str(path), '--faults', *faults]) == 0
    rows = json.loads(path.read_text())['faults']
    assert [row['fault'] for row in rows] == faults
    rules = [row['rule'][0] for row in rows]
    assert rules[1:] == ['nonfinite_wrench', 'stop', 'alarm']
    assert all(0.0 <= row['simulated_s'][0] <= 0.2 for row in rows)
    assert 'stop is pressed' in capsys.readouterr().out


def test_a_fault_that_there_is_not_is_named_beside_those_that_there_are():
    with pytest.raises(InvalidInputError, match="'flood' is not one of: policy_killed, "):
        measure(['stop', 'flood'], 1, 'graph')


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['rest', '--trials', '0'], '--trials: 0 is outside of the allowed 1..1000'),
        (['rest', '--seed', '-1'], '--seed: -1 is below the allowed 0'),
        (['drivers', '--rate', '0'], '--rate: 0.0 is outside of the allowed 1..1000'),
        (['drivers', '--seconds', '1'], '--seconds: 1.0 is outside of the allowed 3..600'),
    ],
)
def test_a_number_that_cannot_be_is_refused(words, message, capsys):
    assert main(['bench', *words]) == 1
    assert message in capsys.readouterr().err
