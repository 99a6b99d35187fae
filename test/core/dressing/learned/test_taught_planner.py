import json

import numpy as np
import pytest
from core.dressing.learned.test_student import JOINTS, observation
from core.dressing.learned.test_student_training import demonstration

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.dressing.control.observation import DressingGoal
from valet_core.dressing.control.registry import DRESSING_POLICIES
from valet_core.dressing.control.taught_planner import arm_directions
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping
from valet_core.dressing.training.demonstrations import write_demonstration
from valet_core.dressing.training.lessons import write_teacher
from valet_core.dressing.training.teacher_archive import TeacherArchive
from valet_core.geometry.limb import Limb

SEEN = arm_directions(Limb(JOINTS), 'right').tolist()
AWAY = (-np.array(SEEN)).tolist()


def folder_of(tmp_path, lessons):
    folder = tmp_path / 'teacher'
    folder.mkdir()
    (folder / 'config.json').write_text(json.dumps({'policy': 'teacher', 'lessons': lessons}))
    return str(folder)


def lesson(garment, directions, **path):
    return {'garment': garment, 'directions': directions, 'planner': {}, 'path': path}


def chosen(policy, garment, side='right'):
    policy.reset(DressingGoal(garment, side), 0)
    policy.act(observation(side=side))
    return policy.chosen.path.clearance


def test_the_lesson_of_the_nearest_arm_and_of_the_garment_is_followed(tmp_path):
    policy = DRESSING_POLICIES.make(folder_of(tmp_path, [
        lesson('jacket', AWAY, clearance=0.08), lesson('jacket', SEEN, clearance=0.09),
        lesson('t_shirt', SEEN, clearance=0.10),
    ]))  # fmt: skip
    assert chosen(policy, 'jacket') == 0.09
    assert chosen(policy, 't_shirt') == 0.10
    assert chosen(policy, 't_shirt', 'left') == 0.10  # a left arm is seen in a mirror


def test_a_much_nearer_arm_counts_more_than_the_garment(tmp_path):
    policy = DRESSING_POLICIES.make(folder_of(tmp_path, [
        lesson('jacket', AWAY, clearance=0.08), lesson('t_shirt', SEEN, clearance=0.10),
    ]))  # fmt: skip
    assert chosen(policy, 'jacket') == 0.10


def test_no_arm_is_told(tmp_path):
    policy = DRESSING_POLICIES.make(folder_of(tmp_path, [lesson('jacket', SEEN)]))
    with pytest.raises(PerceptionError):
        policy.act(observation()._replace(arm=None))


@pytest.mark.parametrize(
    ('lessons', 'words'),
    [
        (None, 'allowed: a list'),
        ([], 'received none'),
        ([{'garment': 'jacket'}], 'no lesson'),
        ([lesson('jacket', [1.0, 2.0])], 'six numbers'),
        ([lesson('jacket', SEEN, clearance=9.0)], 'clearance'),
        ([lesson('jacket', SEEN, colour=1.0)], 'colour'),
    ],
)
def test_lessons_that_are_wrong_are_refused(tmp_path, lessons, words):
    with pytest.raises(InvalidInputError, match=words):
        DRESSING_POLICIES.make(folder_of(tmp_path, lessons))


def test_archive_becomes_lessons(tmp_path):
    archive = TeacherArchive(tmp_path / 'data')
    cell = DressingCell()
    common = {'cell': cell_to_mapping(cell), 'upper_arm_ratio': 1.0}
    archive.add({**common, 'attempt': 0, 'good': False, 'gentle': False,
                 'setting': {'path': {}, 'planner': {}}})  # fmt: skip
    name = TeacherArchive.demonstration_name(cell, 1)
    write_demonstration(archive.folder / name, demonstration())
    archive.add({**common, 'attempt': 1, 'good': True, 'gentle': True, 'demonstration': name,
                 'setting': {'path': {'turn': 0.5}, 'planner': {}}})  # fmt: skip
    assert write_teacher(archive, tmp_path / 'model') == 1
    policy = DRESSING_POLICIES.make(str(tmp_path / 'model'))
    policy.act(observation())
    assert policy.chosen.path.turn == 0.5
    assert np.allclose(policy.chosen.directions, SEEN, atol=1e-3)
    metrics = json.loads((tmp_path / 'model' / 'metrics.json').read_text())
    assert (metrics['gentle_as_it_is'], metrics['gentle_at_best']) == (0, 1)
