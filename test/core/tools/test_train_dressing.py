"""Training of dressing through the command line, on as little as it runs with."""

import json

import numpy as np
import pytest
import torch
from core.dressing.learned.test_student import observation
from core.dressing.learned.test_student_training import demonstration

from valet_core.dressing.control.observation import DressingGoal
from valet_core.dressing.control.registry import DRESSING_POLICIES
from valet_core.dressing.sim.cells import cell_to_mapping
from valet_core.dressing.sim.regions import draw_cells
from valet_core.dressing.training.demonstrations import write_demonstration
from valet_core.dressing.training.teacher_archive import TeacherArchive
from valet_core.dressing.training.teacher_settings import setting_for
from valet_core.tools import cli


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data(tmp_path):
    """An archive of nine cells, each with a made-up demonstration."""
    archive = TeacherArchive(tmp_path / 'data')
    for number, cell in enumerate(draw_cells(9, 0, 'train')):
        name = TeacherArchive.demonstration_name(cell, 0)
        write_demonstration(archive.folder / name, demonstration(seed=number))
        archive.add({
            'cell': cell_to_mapping(cell), 'attempt': 0,
            'setting': setting_for(0, 0, 0).as_mapping(), 'good': True, 'gentle': True,
            'upper_arm_ratio': 1.0, 'demonstration': name,
        })  # fmt: skip
    return archive.folder


def train(data, out, *arguments):
    return cli.main([
        'train', 'dressing', '--stage', 'student', '--data', str(data), '--out', str(out),
        '--steps', '50', '--batch', '8', '--rounds', '0', '--seed', '3', *arguments,
    ])  # fmt: skip


@pytest.mark.parametrize('arguments', [(), ('--encoder', 'pointnet2', '--sampler', 'mip')])
def test_student_is_written_and_acts(data, tmp_path, arguments):
    out = tmp_path / 'student'
    assert train(data, out, *arguments) == 0
    assert (out / 'card.md').read_text().startswith('# student\n')
    assert (out / 'curve.png').read_bytes()[:4] == b'\x89PNG'
    config = json.loads((out / 'config.json').read_text())
    assert config['training']['seed'] == 3 and config['cells'] == 9
    curve = json.loads((out / 'metrics.json').read_text())['curve']
    assert [point['step'] for point in curve] == [50] and np.isfinite(curve[0]['held_out'])
    policy = DRESSING_POLICIES.make(str(out))
    policy.reset(DressingGoal(), 0)
    assert policy.act(observation()).actions.shape == (8, 6)
    size = sum(path.stat().st_size for path in out.iterdir())
    assert size < 20e6


def test_finished_fit_is_not_made_again(data, tmp_path):
    out = tmp_path / 'student'
    assert train(data, out) == 0
    weights = (out / 'weights.safetensors').read_bytes()
    curve = json.loads((out / 'metrics.json').read_text())['curve']
    assert train(data, out) == 0
    assert (out / 'weights.safetensors').read_bytes() == weights
    assert json.loads((out / 'metrics.json').read_text())['curve'] == curve


def test_archive_without_demonstrations_is_refused(tmp_path, capsys):
    assert train(tmp_path / 'nothing', tmp_path / 'student') == 2
    assert 'holds no demonstration' in capsys.readouterr().err


def test_cut_off_demonstration_is_refused(data, tmp_path, capsys):
    path = next(data.glob('*.npz'))
    path.write_bytes(path.read_bytes()[:300])
    assert train(data, tmp_path / 'student') == 2
    assert path.name in capsys.readouterr().err
