import numpy as np
import pytest
import torch

from valet_core.common.errors import ConfigError
from valet_core.learning.dagger import DaggerConfig, collect, dagger
from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.learning.seeds import seeded
from valet_core.learning.supervised import Examples, FitConfig

MSE = torch.nn.functional.mse_loss


class Homing:
    """The expert: half of the way home, and a spread of 0.2."""

    def targets(self, observation):
        return np.concatenate([-0.5 * observation, np.full_like(observation, 0.2)], axis=1)


def student(seed=0):
    seeded(seed)
    return make_mlp((1, 8, 2))


def jitter(steps, count, noise, seed):
    """The disturbance of each step: nine tenths of the last one and something new."""
    rng, now = np.random.default_rng(seed), np.zeros((count, 1))
    for _ in range(steps):
        now = 0.9 * now + noise * rng.standard_normal(now.shape)
        yield now


def test_without_a_student_the_expert_acts_fully_disturbed(points):
    environment, examples = points(), Examples()
    collect(environment, Homing(), None, 5, examples, 0.1, np.random.default_rng(7))
    states = examples.tensors()[0].numpy().reshape(5, 4, 1)
    for x, action, noise in zip(states, environment.runs[0], jitter(5, 4, 0.1, 7), strict=True):
        np.testing.assert_allclose(action, -0.5 * x + noise, atol=1e-6)


def test_a_student_acts_and_the_expert_labels_the_states_that_it_meets(points):
    environment, examples, network = points(), Examples(), to_mlp(student())
    collect(environment, Homing(), network, 5, examples, 0.1, np.random.default_rng(7))
    states = examples.tensors()[0].numpy().reshape(5, 4, 1)
    labels = examples.tensors()[1].numpy().reshape(5, 4, 2)
    x = np.linspace(-1.0, 1.0, 4)[:, None]
    for state, label, noise in zip(states, labels, jitter(5, 4, 0.1, 7), strict=True):
        np.testing.assert_allclose(state, x, atol=1e-5)
        np.testing.assert_allclose(label[:, :1], -0.5 * state)
        x = np.clip(x + network(state)[:, :1] + 0.3 * noise, -2.0, 2.0)  # disturbed less
    assert np.abs(network(states[0])[:, :1] + 0.5 * states[0]).max() > 0.05  # not the expert's


def test_first_round_is_the_experts_and_each_later_one_that_of_the_student_before(points):
    environment, examples = points(), Examples()
    config = DaggerConfig((6, 4, 4), passes=2, last_passes=2, noise=0.0, fit=FitConfig(batch=8))
    rng = np.random.default_rng(0)
    rounds = list(dagger(student(), [(environment, Homing())], examples, config, MSE, rng))
    x = np.linspace(-1.0, 1.0, 4)[:, None].astype(np.float32)
    assert np.array_equal(environment.runs[0][0], -0.5 * x)
    for turn in (1, 2):
        acted = rounds[turn - 1].student(x)[:, :1]
        assert np.array_equal(environment.runs[turn][0], acted)
    assert [len(run) for run in environment.runs] == [6, 4, 4]
    assert [turn.number for turn in rounds] == [0, 1, 2] and len(examples) == 4 * 14


def test_every_site_is_visited_with_its_own_expert(points):
    class Away:
        def targets(self, observation):
            return -Homing().targets(observation)

    config, examples = DaggerConfig((2,), 1, 1, 0.0, FitConfig(batch=4)), Examples()
    sites = [(points(4), Homing()), (points(6), Away())]
    list(dagger(student(), sites, examples, config, MSE, np.random.default_rng(0)))
    x, y = examples.tensors()
    np.testing.assert_allclose(y[:8, 0], -0.5 * x[:8, 0])
    np.testing.assert_allclose(y[8:, 0], 0.5 * x[8:, 0])


def test_last_round_has_passes_of_its_own(points):
    calls = []

    def loss(output, target):
        calls.append(len(target))
        return MSE(output, target)

    config = DaggerConfig((2, 2, 2), passes=1, last_passes=5, fit=FitConfig(batch=8))
    sites = [(points(4), Homing())]
    list(dagger(student(), sites, Examples(), config, loss, np.random.default_rng(0)))
    assert len(calls) == 1 + 2 + 5 * 3  # batches of 8, 16 and 24 examples


def test_student_comes_to_do_what_the_expert_does(points):
    config = DaggerConfig((20,) * 3, passes=20, last_passes=20, fit=FitConfig(32, 1e-2))
    sites, rng = [(points(8), Homing())], np.random.default_rng(0)
    rounds = list(dagger(student(), sites, Examples(), config, MSE, rng))
    x = np.linspace(-0.8, 0.8, 9)[:, None]
    np.testing.assert_allclose(rounds[-1].student(x), Homing().targets(x), atol=0.05)
    assert rounds[-1].loss < 1e-3


def test_no_round_is_refused():
    with pytest.raises(ConfigError, match='steps: received none'):
        DaggerConfig(steps=())
