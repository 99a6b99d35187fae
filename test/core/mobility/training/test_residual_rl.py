"""Stage 2 begins as the base and learns only from allowed worlds."""

import numpy as np
import pytest
import torch

from valet_core.learning.mlp import from_mlp, make_mlp, to_mlp
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.mobility.control.networks import PolicyNetwork
from valet_core.mobility.training.residual_rl import (
    ResidualConfig,
    ResidualEnv,
    make_ppo,
    train_residual,
)
from valet_core.mobility.training.training_drives import MobilityTask, training_worlds

SMALL = ResidualConfig(robots=8, worlds=2, steps=8 * 16, horizon=8, hidden=(16,))


@pytest.fixture(scope='module')
def base() -> PolicyNetwork:
    torch.manual_seed(3)
    features = FeatureConfig()
    return PolicyNetwork(to_mlp(make_mlp((feature_size(features), 16, 3))), features)


@pytest.fixture(scope='module')
def task() -> MobilityTask:
    embodiment = find_embodiment('omni')
    return MobilityTask(embodiment, training_worlds(embodiment, 2, scenes=('office',)), 8)


def test_policy_before_the_first_update_is_the_base_exactly(base, task):
    env = ResidualEnv(task, base.base)
    ppo = make_ppo(env, SMALL)
    seen = env.get_observations()
    residual = ppo.actor(seen).detach().numpy()
    assert np.array_equal(residual, np.zeros((8, 3), dtype=np.float32))
    specialist = PolicyNetwork(base.base, base.features, to_mlp(ppo.actor))
    x = seen['policy'].numpy()
    assert np.array_equal(specialist.act(x), base.act(x))
    assert np.array_equal(env.actions(residual), base.act(x))


def test_training_leaves_the_base_alone_and_changes_the_residual(base, task):
    before = [w.copy() for w, _ in base.base.layers]
    records = []
    policy = train_residual(task.embodiment, base, SMALL, records.append, task=task)
    assert all(np.array_equal(a, b) for a, (b, _) in zip(before, policy.base.layers, strict=True))
    assert policy.residual is not None
    assert np.abs(policy.residual.layers[-1][0]).max() > 0.0
    assert records[-1]['steps'] == 128


def test_novelty_bonus_is_a_switch(base, task):
    import dataclasses

    env = ResidualEnv(task, base.base)
    assert make_ppo(env, SMALL).rnd is None
    assert make_ppo(env, dataclasses.replace(SMALL, rnd=0.1)).rnd is not None


def test_held_out_body_is_refused():
    with pytest.raises(ValueError, match='held out'):
        training_worlds(find_embodiment('spot'), 1)


def test_numpy_network_equals_the_torch_one(base):
    x = np.random.default_rng(0).standard_normal((5, base.base.inputs)).astype(np.float32)
    expected = from_mlp(base.base)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(base.base(x), expected, atol=1e-5)
