"""`valet bench perception` times every stage of real frames."""

import argparse
import json

from valet_core.dressing.evaluation.perception_speed import STAGES, summarise_times
from valet_core.tools.bench import perception


def bench(*arguments):
    parser = argparse.ArgumentParser()
    perception.add_arguments(parser)
    return perception.run(parser.parse_args([str(a) for a in arguments]))


def test_every_stage_of_every_frame_is_timed(tmp_path, capsys):
    assert bench('--frames', 12, '--json', tmp_path / 'out.json') == 0
    result = json.loads((tmp_path / 'out.json').read_text())
    assert [row['moment'] for row in result['frames']] == ['before'] * 10 + ['during'] * 2
    for row in result['frames']:
        for times in (row['wall'], row['cpu']):
            assert set(times) == set(STAGES)
            assert min(times.values()) > 0
    assert result['summary']['during']['frames'] == 2
    assert 'network' in capsys.readouterr().out


def test_percentiles_by_hand():
    rows = [
        {'moment': moment, 'wall': dict.fromkeys(STAGES, time), 'cpu': dict.fromkeys(STAGES, 1.0)}
        for moment, time in (('before', 2.0), ('during', 4.0), ('during', 6.0))
    ]
    summary = summarise_times(rows)
    assert summary['before']['whole']['wall'] == {'p50': 2.0, 'p99': 2.0}
    assert summary['during']['whole']['wall']['p50'] == 5.0
    assert summary['all']['whole']['wall']['p50'] == 4.0
    assert summary['all']['frames'] == 3


def test_wrong_arguments_are_named(capsys):
    assert bench('--frames', 0) == 2
    assert '--frames must be at least 1, received 0' in capsys.readouterr().err
    assert bench('--seed', -1) == 2
    assert '--seed must be at least 0, received -1' in capsys.readouterr().err
