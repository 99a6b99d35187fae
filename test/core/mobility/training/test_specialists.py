"""A specialist begins as the base and learns a residual alone."""

import numpy as np

from valet_core.learning.mlp import to_mlp
from valet_core.learning.ppo import PpoConfig, make_ppo
from valet_core.learning.residual_env import ResidualEnv
from valet_core.mobility.control.networks import PolicyNetwork
from valet_core.mobility.training.specialists import SpecialistConfig, train_specialist

SMALL = SpecialistConfig(steps=8 * 16, ppo=PpoConfig(horizon=8, hidden=(16,)))


def test_specialist_before_the_first_update_is_the_base_exactly(drives, base):
    env = ResidualEnv(drives, base.base)
    ppo = make_ppo(env, SMALL.ppo)
    specialist = PolicyNetwork(base.base, base.features, to_mlp(ppo.actor))
    seen = env.get_observations()['policy'].numpy()
    assert np.array_equal(specialist.act(seen), base.act(seen))


def test_training_leaves_the_base_alone_and_changes_the_residual(drives, base):
    before = [w.copy() for w, _ in base.base.layers]
    records, kept = [], []
    policy = train_specialist(drives, base, SMALL, records.append, kept.append)
    assert all(np.array_equal(a, b) for a, (b, _) in zip(before, policy.base.layers, strict=True))
    assert policy.residual is not None
    assert np.abs(policy.residual.layers[-1][0]).max() > 0.0
    assert [r['steps'] for r in records] == [128] and len(records[0]['std']) == 3
    seen = drives.reset()
    assert np.array_equal(kept[-1].act(seen), policy.act(seen))


def test_without_a_base_the_network_is_the_policy(drives):
    policy = train_specialist(drives, None, SMALL, lambda record: None)
    assert policy.residual is None
    assert np.abs(policy.act(drives.reset())).max() > 0.0
