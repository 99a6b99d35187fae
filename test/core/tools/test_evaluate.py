"""The verbs that measure, from the command line to the file, on tiny settings."""

import json
import math

import pytest
from places import DATA

from valet_core.monitor.recording import read_episodes
from valet_core.tools.cli import main

WORLDS = DATA / 'barn_like_worlds.jsonl'


def evaluate(path, *arguments):
    """Run `valet eval` and return what it wrote."""
    assert main(['eval', *map(str, arguments), '--json', str(path)]) == 0
    return json.loads(path.read_text())


def check_entry(entry, low=0.0, high=math.inf):
    """A mean lies within its interval, and that within what is possible."""
    assert low <= entry['ci95'][0] <= entry['mean'] <= entry['ci95'][1] <= high


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'results' / 'out.json'


def test_dressing(out, tmp_path, capsys):
    result = evaluate(out, 'dressing', '--cells', 2, '--seed', 5, '--processes', 1, '--traces',
                      tmp_path / 'traces')  # fmt: skip
    assert result['command'].startswith('./valet') and result['git_commit']
    assert (result['policy'], result['observe'], result['seed']) == ('planner', 'state', 5)
    assert len(result['episodes']) == result['summary']['episodes'] == 2
    check_entry(result['summary']['success'], high=1.0)
    check_entry(result['summary']['force_p95_n'])
    shown = capsys.readouterr().out
    assert 'upper arm' in shown and 'episodes an hour' in shown
    for region in result['by_region']:
        assert region in shown
    traces = read_episodes(tmp_path / 'traces')
    assert len(traces) == 2 and all(len(t) > 20 and t.policy == 'planner' for t in traces)
    ends = sorted(episode['success'] for episode in result['episodes'])
    assert sorted(t.success for t in traces) == ends


def test_dressing_from_the_camera_by_a_cells_file(out, tmp_path):
    cells = tmp_path / 'cells.jsonl'
    cells.write_text('{"garment": {"kind": "t_shirt"}, "elbow_flexion_deg": 15.0}\n')
    result = evaluate(out, 'dressing', '--cells-file', cells, '--observe', 'camera',
                      '--processes', 1)  # fmt: skip
    episode = result['episodes'][0]
    assert episode['error'] is None and episode['outcome'] == 'SUCCEEDED'
    assert episode['upper_arm_ratio'] > 0.7


def test_perception(out, capsys):
    # 1 says that a target was missed, such as the time of a frame on a busy machine
    status = main(['eval', 'perception', '--scenes', '1', '--processes', '1', '--json', str(out)])
    assert status in (0, 1)
    result = json.loads(out.read_text())
    assert result['summary']['before']['iou']['arm'] > 0.8
    assert result['summary']['step_ms']['frames'] > 10


@pytest.mark.parametrize('simulator', ['planar', 'mujoco'])
def test_barn(out, simulator, capsys):
    result = evaluate(out, 'barn', '--controller', 'generalist', '--worlds', WORLDS, '--limit', 1,
                      '--simulator', simulator, '--processes', 1)  # fmt: skip
    assert result['simulator'] == simulator and result['world_count'] == 1
    assert result['summary']['count'] == len(result['runs']) == 1
    check_entry(result['summary']['score'], high=0.5)
    assert result['runs'][0]['success']
    assert 'LiCS-KI' in capsys.readouterr().out


def test_mobility(out):
    result = evaluate(out, 'mobility', '--controller', 'base', '--embodiment', 'carter', '--scene',
                      'office', '--episodes', 2, '--seed', 7, '--processes', 1)  # fmt: skip
    assert result['summary']['count'] == 2
    check_entry(result['summary']['success'], high=1.0)
    assert result['summary']['step_p99_ms'] > 0.0


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('dressing', '--policy', 'oracle'), "received 'oracle'; allowed: planner"),
        (('dressing', '--seed', '-1'), '--seed must be at least 0'),
        (('dressing', '--processes', '0'), 'processes'),
        (('barn', '--controller', 'oracle', '--worlds', WORLDS), "received 'oracle'; allowed"),
        (('barn', '--controller', 'dwa', '--worlds', 'nowhere.jsonl'), 'nowhere.jsonl'),
        (('barn', '--controller', 'dwa', '--worlds', WORLDS, '--limit', '0'), '--limit'),
        (('barn', '--controller', 'model:nowhere', '--worlds', WORLDS), 'nowhere'),
        (('mobility', '--controller', 'dwa', '--embodiment', 'tank', '--scene', 'office'), 'tank'),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(arguments, message, capsys):
    assert main(['eval', *map(str, arguments)]) in (1, 2)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('what', [('dressing',), ('barn', '--controller', 'dwa', '--worlds')])
def test_a_folder_as_output_is_refused(what, tmp_path, capsys):
    words = [*what, str(WORLDS)] if what[-1] == '--worlds' else list(what)
    assert main(['eval', *words, '--json', str(tmp_path)]) in (1, 2)
    assert str(tmp_path) in capsys.readouterr().err
