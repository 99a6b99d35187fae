import numpy as np
import pytest
import torch

from valet_core.common.errors import InvalidInputError
from valet_core.learning.mlp import make_mlp
from valet_core.learning.seeds import seeded
from valet_core.learning.supervised import Examples, FitConfig, Mirror, fit

MSE = torch.nn.functional.mse_loss
CONFIG = FitConfig(batch=16, learning_rate=1e-2)
ODD = Mirror(np.array([0]), np.float32([-1.0]), np.float32([-1.0]))  # y(-x) = -y(x)


def right_side():
    """Examples of y = 1 for x in 1..2 alone."""
    examples = Examples()
    x = np.linspace(1.0, 2.0, 64)[:, None]
    examples.add(x, np.ones_like(x))
    return examples


def fitted(mirror, seed=1, passes=60):
    rng = seeded(seed)
    model = make_mlp((1, 16, 1))
    loss = fit(model, right_side(), CONFIG, MSE, passes, rng, mirror)
    return model, loss


def guess(model, x):
    return float(model(torch.tensor([[x]])).detach())


def test_fit_lowers_the_loss_and_returns_that_of_the_last_pass():
    x, y = right_side().tensors()
    torch.manual_seed(1)
    before = float(MSE(make_mlp((1, 16, 1))(x), y).detach())
    model, loss = fitted(None)
    after = float(MSE(model(x), y).detach())
    assert after < 1e-3 * before
    assert loss == pytest.approx(after, abs=1e-4)


def test_mirror_teaches_the_side_that_was_never_seen():
    model, _ = fitted(ODD)
    assert guess(model, 1.5) == pytest.approx(1.0, abs=0.1)
    assert guess(model, -1.5) == pytest.approx(-1.0, abs=0.1)
    without, _ = fitted(None)
    assert guess(without, -1.5) > 0.0


def test_mirror_moves_inputs_and_changes_signs():
    class Seen(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self.inputs = []

        def forward(self, x):
            self.inputs.append(x.tolist())
            return x[:, :1] * self.weight

    def loss(output, target):
        targets.append(target.tolist())
        return output.sum()

    examples, model, targets = Examples(), Seen(), []
    examples.add(np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0]]))
    swap = Mirror(np.array([1, 0, 2]), np.float32([1, 1, -1]), np.float32([1, -1]))
    fit(model, examples, FitConfig(batch=1), loss, 20, np.random.default_rng(0), swap)
    pairs = {(str(x[0]), str(y[0])) for x, y in zip(model.inputs, targets, strict=True)}
    assert pairs == {('[1.0, 2.0, 3.0]', '[4.0, 5.0]'), ('[2.0, 1.0, -3.0]', '[4.0, -5.0]')}


def test_same_seed_gives_the_same_weights():
    first, second, other = fitted(ODD, 4, 3)[0], fitted(ODD, 4, 3)[0], fitted(ODD, 5, 3)[0]
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(next(first.parameters()), next(other.parameters()))


def test_fewer_examples_than_a_batch_are_refused():
    with pytest.raises(InvalidInputError, match='batch: received 65; allowed: .* 64'):
        fit(make_mlp((1, 1)), right_side(), FitConfig(batch=65), MSE, 1, np.random.default_rng(0))


def test_examples_grow_in_order():
    examples = right_side()
    examples.add(np.zeros((2, 1)), np.full((2, 1), 7.0))
    x, y = examples.tensors()
    assert len(examples) == len(x) == 66
    assert y[-3:, 0].tolist() == [1.0, 7.0, 7.0] and y.dtype == torch.float32
