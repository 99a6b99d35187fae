import json

import numpy as np
import pytest
import torch

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.student_features import (
    STATE,
    WINDOW,
    Moment,
    features_of,
    mirrored,
)
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping
from valet_core.dressing.training.demonstrations import (
    Demonstration,
    near_teacher,
    read_demonstration,
    write_demonstration,
)
from valet_core.dressing.training.student_data import AugmentConfig, StudentData
from valet_core.dressing.training.student_training import FitConfig, fit_student
from valet_core.dressing.training.teacher_archive import ARCHIVE_FILE, TeacherArchive
from valet_core.dressing.training.teacher_settings import (
    setting_for,
    setting_from_mapping,
    teacher_with,
)
from valet_core.policy.chunk_network import ChunkNetwork, ChunkNetworkConfig


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


PLAIN = AugmentConfig(0.0, 0.0, 0.0, 0.0, 0.0)


def demonstration(moments=6, seed=0):
    rng = np.random.default_rng(seed)
    joints = np.array([[0.2, 0.7, 0.3], [0.3, 0.5, 0.1], [0.5, 0.4, 0.1], [0.65, 0.35, 0.1]])
    T = np.tile(np.eye(4), (moments, 1, 1))
    T[:, :3, 3] = [0.7, 0.3, 0.2] + 0.01 * np.arange(moments)[:, None]
    garment = rng.uniform(0.2, 0.8, (moments, 90, 3)).astype(np.float16)
    garment[:, 80:] = np.nan
    return Demonstration(
        0.1 * np.arange(moments), np.tile(joints, (moments, 1, 1)), garment, T,
        rng.standard_normal((moments, 6)), 0.1 * rng.standard_normal((moments, 8, 6)),
        np.arange(moments) == moments - 1,
    )  # fmt: skip


@pytest.mark.parametrize('side', ['right', 'left'])
def test_batches_are_what_the_policy_sees(side):
    demo, row = demonstration(), 3
    batch = StudentData([(demo, side)]).batch(np.array([row]), PLAIN, np.random.default_rng(0))
    force = demo.wrench[:, :3] - demo.wrench[0, :3]
    forces = np.concatenate([np.zeros((WINDOW, 3)), force])[row + 1 : row + 1 + WINDOW]
    garment = demo.garment[row, :80].astype(float)
    moment = Moment(demo.joints[row], garment, demo.T_base_tool[row], forces)
    points, state = features_of(mirrored(moment) if side == 'left' else moment)
    assert np.allclose(batch.state[0], state, atol=1e-6)
    # The garment's points come in another order, some twice.
    assert np.allclose(batch.points[0, :31], points[:31], atol=1e-5)
    found = np.abs(batch.points[0, 31:-1, None] - points[None, 31:-1]).max(axis=-1)
    assert found.min(axis=1).max() < 1e-5
    signs = [1, 1, 1, 1, 1, 1] if side == 'right' else [1, -1, 1, -1, 1, -1]
    units = [0.12, 0.12, 0.12, 1, 1, 1]
    assert np.allclose(batch.chunks[0].reshape(8, 6), demo.actions[row] * signs / units, atol=1e-6)


def test_turning_the_scene_turns_the_actions():
    data = StudentData([(demonstration(), 'right')])
    turn = AugmentConfig(90.0, 0.0, 0.0, 0.0, 0.0)
    plain = data.batch(np.array([2]), PLAIN, np.random.default_rng(0))
    turned = data.batch(np.array([2]), turn, np.random.default_rng(0))
    before, after = (b.chunks[0].reshape(8, 2, 3) for b in (plain, turned))
    assert np.allclose(after[..., 2], before[..., 2], atol=1e-6)
    arms = [b.points[0, :31, :2] @ b.chunks[0].reshape(8, 6)[0, :2] for b in (plain, turned)]
    assert np.allclose(*arms, atol=1e-5) and not np.allclose(before, after, atol=1e-3)


def test_hidden_and_dropped_points_leave_fewer():
    data = StudentData([(demonstration(), 'right')])
    much = AugmentConfig(0.0, 0.0, 0.0, 0.9, 0.9)
    index = np.zeros(20, int)
    few = data.batch(index, much, np.random.default_rng(0)).points[:, 31:-1, :3]
    different = [len(np.unique(cloud.round(5), axis=0)) for cloud in few]
    assert min(different) < 30 and max(different) <= 80 and np.isfinite(few).all()


def fit(steps, checkpoint=None, keep_every=1000):
    torch.manual_seed(0)
    network = ChunkNetwork(ChunkNetworkConfig(state=STATE, width=16, hidden=16))
    data = StudentData([(demonstration(), 'right')])
    config = FitConfig(steps=steps, batch=8, keep_every=keep_every)
    losses = []
    mean = fit_student(
        network, data, config, PLAIN, checkpoint, lambda step, loss: losses.append(loss['chunk'])
    )
    return mean, losses


def test_fit_learns_and_repeats():
    (first, losses), (second, _) = fit(40), fit(40)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_broken_off_fit_ends_as_a_whole_one(tmp_path):
    whole, _ = fit(12)
    path = tmp_path / 'fit.pt'

    class BreakError(Exception):
        pass

    def stop(step, losses):
        if step == 8:
            raise BreakError

    torch.manual_seed(0)
    network = ChunkNetwork(ChunkNetworkConfig(state=STATE, width=16, hidden=16))
    data = StudentData([(demonstration(), 'right')])
    with pytest.raises(BreakError):
        fit_student(network, data, FitConfig(12, 8, keep_every=5), PLAIN, path, stop)
    rest, losses = fit(12, path, 5)
    assert len(losses) == 7
    for a, b in zip(whole.parameters(), rest.parameters(), strict=True):
        assert torch.equal(a, b)


def test_cut_off_checkpoint_is_refused(tmp_path):
    path = tmp_path / 'fit.pt'
    fit(2, path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InvalidInputError, match='cannot be gone on from'):
        fit(4, path)


def test_demonstration_comes_back_and_a_cut_off_one_is_refused(tmp_path):
    path, demo = tmp_path / 'd.npz', demonstration()
    write_demonstration(path, demo)
    for a, b in zip(demo, read_demonstration(path), strict=True):
        assert np.array_equal(a, b, equal_nan=a.dtype != bool)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InvalidInputError, match='no demonstration'):
        read_demonstration(path)
    with pytest.raises(InvalidInputError, match='one and more'):
        StudentData([])


def test_teacher_labels_only_up_to_where_it_has_not_been():
    shown, made = demonstration(), demonstration()
    made.T_base_tool[3, :3, 3] += 0.2
    assert len(near_teacher(made, shown, 0.05).time) == 3
    assert len(near_teacher(shown, shown, 0.05).time) == 6


def row(attempt, good, ratio=0.5):
    return {
        'cell': cell_to_mapping(DressingCell()),
        'attempt': attempt,
        'good': good,
        'gentle': good,
        'upper_arm_ratio': ratio,
        'setting': setting_for(0, 0, 0).as_mapping(),
    }


def test_archive_goes_on_where_it_was_and_leaves_out_a_line_that_was_cut_off(tmp_path):
    archive = TeacherArchive(tmp_path)
    archive.add(row(0, False, 0.9))
    archive.add(row(1, True))
    with (tmp_path / ARCHIVE_FILE).open('a') as file:
        file.write(json.dumps(row(2, False))[:30])
    again = TeacherArchive(tmp_path)
    assert [r['attempt'] for r in again.rows] == [0, 1]
    assert again.solved(DressingCell()) and again.tried(DressingCell(), 1)
    assert not again.tried(DressingCell(), 2) and not again.solved(DressingCell(seed=1))
    assert [r['attempt'] for r in again.best()] == [1]
    again.add(row(2, False))
    assert len(TeacherArchive(tmp_path).rows) == 3


def test_archive_of_something_else_is_refused(tmp_path):
    (tmp_path / ARCHIVE_FILE).write_text('{"a": 1}\n')
    with pytest.raises(InvalidInputError, match='jsonl:1: no attempt'):
        TeacherArchive(tmp_path)


def test_settings_repeat_and_the_first_is_the_planner_as_it_is():
    assert setting_for(0, 5, 0).as_mapping() == {'path': {}, 'planner': {}}
    assert setting_for(2, 5, 0).path == {'turn': 1.0}
    assert setting_for(7, 5, 0) == setting_for(7, 5, 0) != setting_for(7, 6, 0)
    for attempt in range(40):
        chosen = setting_for(attempt, 5, 0)
        assert setting_from_mapping(chosen.as_mapping()) == chosen
        assert teacher_with(chosen).path_config.turn == chosen.path.get('turn', 0.0)
