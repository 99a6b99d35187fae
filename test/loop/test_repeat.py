"""Simulated time waits for its graph: a demo gives the same result on a machine of any speed."""

import pytest

from valet_core.tools.bench.repeat import differences
from valet_core.tools.cli import main


def test_what_differs_is_named():
    assert differences({'a': 1, 'b': [2.0]}, {'a': 1, 'b': [2.5], 'c': None}) == ['b', 'c']


@pytest.mark.timeout(600)
@pytest.mark.parametrize('demo', ['dressing', 'mobility'])
def test_a_demo_gives_the_same_result_beside_busy_loops(demo, capfd):
    status = main(['bench', 'repeat', '--demo', demo, '--runs', '1', '--busy', '2'])
    output = capfd.readouterr().out
    assert status == 0, output
    assert '2 of 2 runs succeed with the same result' in output


@pytest.mark.parametrize(
    ('words', 'message'),
    [(['--runs', '0'], '--runs: 0 is below'), (['--busy', '65'], '--busy: 65 is outside')],
)
def test_a_number_that_cannot_be_is_refused(words, message, capsys):
    assert main(['bench', 'repeat', *words]) == 1
    assert message in capsys.readouterr().err
