"""Training of perception through the command line: scenes are drawn, a network is written."""

import json

import numpy as np
from places import CONFIG

from valet_core.perception.arm_inference import CHANNELS, ArmNetwork
from valet_core.perception.frame import GRID
from valet_core.tools import cli


def test_scenes_are_drawn_and_a_network_is_written(tmp_path, capsys):
    data, model = tmp_path / 'data', tmp_path / 'model'
    arguments = ['--data', data, '--out', model, '--robot', CONFIG / 'robot_ur5e.yaml',
                 '--scenes', 1, '--held-out', 1, '--shard-scenes', 1, '--processes', 1,
                 '--steps', 2, '--batch', 2]  # fmt: skip
    assert cli.main(['train', 'perception', *map(str, arguments)]) == 0
    shards = {path.parent.name: path for path in data.glob('*/shard_*')}
    assert set(shards) == {'train', 'held_out'}
    about = json.loads((model / 'config.json').read_text())
    frames = len(np.load(shards['train'] / 'covered.npy'))
    assert about['training']['frames'] == frames and about['training']['step'] == 2
    held_out = len(np.load(shards['held_out'] / 'covered.npy'))
    assert sum(about['held_out_frames'][k]['frames'] for k in ('before', 'during')) == held_out
    output = ArmNetwork(model)(np.zeros((*GRID, CHANNELS), dtype=np.float32))
    assert np.isfinite(output.joints).all() and output.joints.shape == (4, 3)
