"""Logs of scores: what is read, and what is refused with its cause."""

import json

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.score_log import read_score_logs, write_score_log


def episode(name='a', success=True, rows=({'t': 0, 's': 1.0}, {'t': 1, 's': 2})):
    return {'episode_id': name, 'success': success, 'other': [1], 'steps': list(rows)}


def write(path, *episodes):
    path.write_text('\n'.join(e if isinstance(e, str) else json.dumps(e) for e in episodes) + '\n')
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'log.jsonl'


def test_files_are_joined_and_what_is_no_number_is_ignored(tmp_path):
    steps = [{'t': 0, 's': None, 'phase': 'hand', 'ok': True}, {'t': 1, 's': 2.5, 'phase': 'arm'}]
    paths = [write(tmp_path / 'a', episode()), write(tmp_path / 'b', episode('a', False, steps))]
    first, second = read_score_logs(paths)
    assert list(first.scores) == ['s'] and first.scores['s'].tolist() == [1.0, 2.0]
    assert (first.success, second.success) == (True, False)
    assert np.isnan(second.scores['s'][0]) and second.scores['s'][1] == 2.5
    assert first.episode_id != second.episode_id


def test_what_is_written_is_read(path):
    (before,) = read_score_logs([write(path, episode())])
    write_score_log(path, [before])
    (after,) = read_score_logs([path])
    assert after.scores['s'].tolist() == before.scores['s'].tolist()


@pytest.mark.parametrize(
    ('lines', 'cause'),
    [
        ([''], 'log.jsonl: is empty'),
        ([episode(), json.dumps(episode('b'))[:-7]], r'jsonl:2: is no JSON \(its last line: the '
         'file is cut off'),
        (['[1]'], 'received list; allowed: an object'),
        ([{'success': True, 'steps': []}], "lacks 'episode_id'"),
        ([episode(success='yes')], "success: received 'yes'"),
        ([episode(rows=[])], 'episode a: it has no step'),
        ([episode(rows=[{'t': 0}])], 'no step holds a score'),
        ([episode(), episode('b', rows=[{'t': 0, 'u': 1}])], "episode a lacks the score 'u'|lacks "
         "the score 's'|lacks the score 'u'"),
        ([episode(rows=[{'s': 1}, {}])], "'s' at step 1: received 'nothing'"),
        ([episode(rows=[{'s': 1}, {'s': 'x'}])], "'s' at step 1: received 'x'; allowed: a number"),
        ([episode(rows=[{'t': 1, 's': 1}, {'t': 1, 's': 2}])], 't does not rise'),
        ([episode(), episode()], 'episode a is the same as that of'),
    ],
)  # fmt: skip
def test_a_bad_log_is_refused_with_its_cause(path, lines, cause):
    with pytest.raises(InvalidInputError, match=cause):
        read_score_logs([write(path, *lines)])


def test_a_file_that_is_not_there_is_refused(path):
    with pytest.raises(InvalidInputError, match='cannot be read'):
        read_score_logs([path])
