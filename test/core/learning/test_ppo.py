import dataclasses

import numpy as np
import pytest
import torch

from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.learning.ppo import PpoConfig, make_ppo, updates
from valet_core.learning.residual_env import ResidualEnv
from valet_core.learning.seeds import seeded

SMALL = PpoConfig(horizon=16, hidden=(16,), learning_rate=1e-3)


@pytest.fixture
def base():
    torch.manual_seed(3)
    return to_mlp(make_mlp((1, 8, 1)))


def test_policy_before_the_first_update_is_the_base_exactly(points, base):
    env = ResidualEnv(points(), base)
    residual = make_ppo(env, SMALL).actor(env.get_observations()).detach().numpy()
    assert np.array_equal(residual, np.zeros((4, 1), dtype=np.float32))
    assert np.array_equal(env.actions(residual), base(env.get_observations()['policy'].numpy()))


def test_residual_is_added_to_the_base_of_what_was_seen(points, base):
    environment = points()
    env = ResidualEnv(environment, base)
    seen = env.get_observations()['policy'].numpy()
    env.step(torch.full((4, 1), 0.25))
    np.testing.assert_array_equal(environment.runs[0][0], base(seen) + np.float32(0.25))


def test_without_a_base_the_actions_are_those_of_the_network(points):
    environment = points()
    ResidualEnv(environment).step(torch.full((4, 1), 0.25))
    assert (environment.runs[0][0] == 0.25).all()


def test_updates_learn_what_earns_most(points):
    seeded(0)
    config = dataclasses.replace(SMALL, desired_kl=0.05)
    env = ResidualEnv(points(16, best=0.4))
    ppo = make_ppo(env, config)
    rewards = [update.reward for update in updates(ppo, env, 20, config.horizon)]
    # At first -(0.4^2 + 0.2^2); the points end at 2, as the best action always moves them on.
    assert rewards[0] == pytest.approx(-0.2, abs=0.03)
    assert rewards[-1] > -0.05
    assert to_mlp(ppo.actor)(np.array([[2.0]]))[0, 0] == pytest.approx(0.4, abs=0.15)


def test_update_says_how_it_went(points):
    seeded(0)
    env = ResidualEnv(points())
    first, second = updates(make_ppo(env, SMALL), env, 2, SMALL.horizon)
    assert (first.number, second.number) == (0, 1)
    # An action of mean 0 and spread 0.2 earns -0.04 on average; 64 of them, to four sigma.
    assert first.reward == pytest.approx(-0.04, abs=4 * 0.04 * np.sqrt(2.0 / 64))
    assert first.std == pytest.approx([0.2], abs=0.02)
    assert len(env.environment.runs[0]) == 2 * SMALL.horizon


def test_novelty_bonus_is_a_switch_and_counts_by_the_second(points):
    env = ResidualEnv(points(period=0.5))
    assert make_ppo(env, SMALL).rnd is None
    novel = make_ppo(env, dataclasses.replace(SMALL, rnd=0.1))
    assert novel.rnd.initial_weight == pytest.approx(0.1 * 0.5)
