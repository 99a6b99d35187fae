import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.dressing.control.registry import DRESSING_POLICIES
from valet_core.dressing.control.student_config import StudentConfig
from valet_core.dressing.control.student_features import (
    CHANNELS,
    GARMENT_POINTS,
    POINTS,
    STATE,
    WINDOW,
    Moment,
    action_signs,
    features_of,
    mirrored,
)
from valet_core.dressing.training.student_export import load_student, save_student
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.labels import Label
from valet_core.policy.chunk_network import ChunkNetwork, ChunkNetworkConfig

JOINTS = np.array([[0.2, 0.7, 0.3], [0.3, 0.5, 0.1], [0.5, 0.4, 0.1], [0.65, 0.35, 0.1]])


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """A student that was never trained: all but what it does is as of a real one."""
    torch.manual_seed(0)
    config = ChunkNetworkConfig(points=POINTS, channels=CHANNELS, state=STATE, width=32, hidden=32)
    folder = tmp_path_factory.mktemp('model')
    student = StudentConfig(samples=3, done_after=100)
    save_student(ChunkNetwork(config), folder, student, {}, {}, 'A card.')
    return folder


def observation(garment=60, side='right', force=0.0):
    flip = np.array([1.0, 1.0 if side == 'right' else -1.0, 1.0])
    rng = np.random.default_rng(0)
    T = np.eye(4)
    T[:3, 3] = [0.75, 0.35, 0.2]
    cloud = rng.uniform([0.5, 0.2, 0.0], [0.9, 0.5, 0.3], (garment, 3))
    moment = Moment(JOINTS, cloud, T, np.zeros((WINDOW, 3)))
    if side == 'left':
        moment = mirrored(moment)
    wrench = np.array([force, 0.0, 0.0, 0.0, 0.0, 0.0])
    wrench[:3] *= flip
    labels = np.full(garment, Label.GARMENT, np.uint8)
    arm = ArmEstimate(moment.joints, np.ones(4))
    return DressingObservation(0.0, arm, moment.garment, labels, moment.T_base_tool, wrench)


def changed(model, folder, **keys):
    """A copy of the model with other keys in its config.json."""
    shutil.copytree(model, folder)
    path = folder / 'config.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    return folder


def test_registry_reads_the_folder_and_it_acts(model):
    policy = DRESSING_POLICIES.make(str(model))
    policy.reset(DressingGoal(), 0)
    chunk = policy.act(observation())
    assert chunk.actions.shape == (8, 6) and chunk.samples.shape == (4, 8, 6)
    assert chunk.embedding.shape == (32,) and np.isfinite(chunk.actions).all()
    assert (chunk.samples[0] == chunk.actions).all()


def test_seed_decides_what_is_drawn(model):
    policy = DRESSING_POLICIES.make(str(model))
    drawn = []
    for seed in (1, 1, 2):
        policy.reset(DressingGoal(), seed)
        drawn.append(policy.act(observation()).actions)
    assert (drawn[0] == drawn[1]).all() and not (drawn[0] == drawn[2]).all()


def test_left_arm_is_dressed_as_the_right_one_in_a_mirror(model):
    policy = DRESSING_POLICIES.make(str(model))
    chunks = {}
    for side in ('right', 'left'):
        policy.reset(DressingGoal(side=side), 0)
        policy.act(observation(side=side))
        chunks[side] = policy.act(observation(side=side, force=9.0)).actions
    assert np.allclose(chunks['left'], chunks['right'] * [1, -1, 1, -1, 1, -1], atol=1e-5)


def test_force_beyond_the_weight_is_seen(model):
    policy = DRESSING_POLICIES.make(str(model))
    policy.reset(DressingGoal(), 0)
    calm = policy.act(observation()).embedding
    assert not np.allclose(calm, policy.act(observation(force=20.0)).embedding)


def test_features_do_not_depend_on_where_the_scene_is():
    moment = Moment(JOINTS, JOINTS + 0.05, np.eye(4), np.zeros((WINDOW, 3)))
    T = np.eye(4)
    T[:3, 3] = shift = np.array([0.3, -0.2, 0.1])
    moved = Moment(JOINTS + shift, moment.garment + shift, T, moment.forces)
    assert np.allclose(features_of(moment)[0], features_of(moved)[0], atol=1e-6)


def test_few_points_of_the_garment_are_taken_more_than_once():
    one = Moment(JOINTS, np.full((1, 3), 0.1), np.eye(4), np.zeros((WINDOW, 3)))
    garment = features_of(one)[0][-1 - GARMENT_POINTS : -1]
    assert (garment == garment[0]).all() and garment[0, 0] > 0


def test_mirror_is_its_own_inverse():
    rng = np.random.default_rng(1)
    moment = Moment(*(rng.standard_normal(s) for s in ((4, 3), (7, 3), (4, 4), (WINDOW, 3))))
    for a, b in zip(moment, mirrored(mirrored(moment)), strict=True):
        assert np.allclose(a, b)


def test_no_garment_and_no_arm_are_told(model):
    policy = DRESSING_POLICIES.make(str(model))
    with pytest.raises(PerceptionError, match='garment'):
        policy.act(observation(garment=0))
    with pytest.raises(PerceptionError, match='arm'):
        policy.act(observation()._replace(arm=None))


def test_side_that_is_not_there_is_refused(model):
    with pytest.raises(InvalidInputError, match='right, left'):
        DRESSING_POLICIES.make(str(model)).reset(DressingGoal(side='middle'), 0)
    assert (action_signs('right') == 1).all()


@pytest.mark.parametrize('name', ['encoder.onnx', 'denoiser.onnx'])
def test_missing_and_cut_off_networks_are_refused(model, tmp_path, name):
    folder = changed(model, tmp_path / 'm')
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(InvalidInputError, match=f'{name}: cannot be read'):
        DRESSING_POLICIES.make(str(folder))
    (folder / name).unlink()
    with pytest.raises(InvalidInputError, match=f'{name}: is missing'):
        DRESSING_POLICIES.make(str(folder))


@pytest.mark.parametrize(
    ('keys', 'words'),
    [
        ({'version': 0}, 'version: received 0; allowed: 1'),
        ({'version': None}, 'version: received None'),
        ({'student': {'steps': 0}}, 'steps'),
        ({'student': {'speed': 1}}, 'speed'),
        ({'student': 3}, 'student: received 3'),
        ({'student': {'horizon': 4}}, r'takes \[\[48\]'),
    ],
)
def test_config_that_does_not_fit_is_refused(model, tmp_path, keys, words):
    with pytest.raises(InvalidInputError, match=words):
        DRESSING_POLICIES.make(str(changed(model, tmp_path / 'm', **keys)))


def test_weights_come_back(model, tmp_path):
    network = load_student(model)
    assert dataclasses.asdict(network.config)['width'] == 32
    folder = changed(model, tmp_path / 'm')
    path = folder / 'weights.safetensors'
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InvalidInputError):
        load_student(folder)
