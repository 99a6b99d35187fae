"""Every stage of training through the command line, on as little as it runs with."""

import json

import numpy as np
import pytest

from valet_core.mobility.control.features import feature_size
from valet_core.mobility.control.networks import load_policy
from valet_core.tools import cli

TINY = ['--worlds', '1', '--robots', '8', '--seed', '1']


def train(models, *arguments):
    assert cli.main(['train', 'mobility', '--models', str(models), *TINY, *arguments]) == 0


def written(folder):
    """Configuration and records of a model."""
    history = json.loads((folder / 'metrics.json').read_text())['training']
    assert (folder / 'card.md').read_text().startswith(f'# {folder.name}\n')
    return json.loads((folder / 'config.json').read_text()), history


@pytest.fixture(scope='module')
def models(tmp_path_factory):
    """Give a folder with a base and a specialist of `omni`."""
    folder = tmp_path_factory.mktemp('models')
    train(folder, '--stage', 'il', '--embodiment', 'omni,carter', '--rounds', '2', '--steps', '32')
    train(folder, '--stage', 'residual', '--embodiment', 'omni', '--steps', '512', '--rnd', '0.1')
    return folder


def test_imitation_writes_a_base(models):
    config, history = written(models / 'mobility_base')
    assert config['stage'] == 'il' and config['seed'] == 1
    assert config['embodiments'] == ['omni', 'carter']
    assert [record['examples'] for record in history] == [512, 1024]
    policy = load_policy(models / 'mobility_base')
    assert policy.residual is None
    assert policy.act(np.zeros((2, policy.base.inputs))).shape == (2, 3)


def test_residual_writes_a_specialist_on_the_base(models):
    config, history = written(models / 'mobility_omni')
    assert config['stage'] == 'residual' and config['rnd'] == 0.1
    assert config['std'] == history[-1]['std'] and history[-1]['steps'] == 512
    specialist, base = load_policy(models / 'mobility_omni'), load_policy(models / 'mobility_base')
    for (a, _), (b, _) in zip(specialist.base.layers, base.base.layers, strict=True):
        np.testing.assert_array_equal(a, b)
    assert specialist.residual is not None


def test_scratch_writes_a_network_without_a_base(models):
    train(models, '--stage', 'residual', '--scratch', '--embodiment', 'omni', '--steps', '256',
          '--name', 'scratch')  # fmt: skip
    assert written(models / 'scratch')[0]['stage'] == 'scratch'
    assert load_policy(models / 'scratch').residual is None


def test_distilling_writes_a_generalist_and_compares_losses(models):
    train(models, '--stage', 'distill', '--embodiment', 'omni', '--rounds', '1', '--steps', '64',
          '--compare')  # fmt: skip
    config, history = written(models / 'mobility_generalist')
    tried = config['experts']['omni']
    assert tried['expert'] == 'planner'  # the specialist of the tiny training is no match
    assert tried['planner']['success'] > tried['specialist']['success']
    assert [record.get('examples') for record in history] == [512, None]
    (compared,) = history[-1].values()
    assert set(compared) == {'omni'} and set(compared['omni']) == {'kl', 'mse'}
    assert all(rates['drives'] == 8 for rates in compared['omni'].values())
    policy = load_policy(models / 'mobility_generalist')
    assert policy.base.inputs == feature_size(policy.features)


def test_memory_of_another_length_needs_planners(models, capsys):
    arguments = ['--models', str(models), *TINY, '--stage', 'distill', '--embodiment', 'omni']
    assert cli.main(['train', 'mobility', *arguments, '--keyframes', '3']) == 1
    assert '--keyframes: received 3 with --experts best' in capsys.readouterr().err


def test_too_few_examples_for_a_batch_are_refused(models, capsys):
    arguments = ['--models', str(models), *TINY, '--stage', 'il', '--embodiment', 'omni']
    assert cli.main(['train', 'mobility', *arguments, '--steps', '63', '--name', 'none']) == 1
    assert 'batch: received 512; allowed: at most' in capsys.readouterr().err
    assert not (models / 'none').exists()


def test_body_is_asked_for_by_the_residual(models, capsys):
    assert cli.main(['train', 'mobility', '--models', str(models), '--stage', 'residual']) == 1
    assert '--embodiment: missing' in capsys.readouterr().err
