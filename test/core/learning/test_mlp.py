import numpy as np
import torch

from valet_core.learning.mlp import from_mlp, make_mlp, to_mlp, zero_last


def test_numpy_network_equals_the_torch_one_and_back():
    torch.manual_seed(3)
    module = make_mlp((7, 16, 8, 2))
    x = np.random.default_rng(0).standard_normal((5, 7)).astype(np.float32)
    expected = module(torch.from_numpy(x)).detach().numpy()
    network = to_mlp(module)
    np.testing.assert_allclose(network(x), expected, atol=1e-6)
    again = from_mlp(network)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_array_equal(again, expected)


def test_numpy_network_is_a_copy():
    module = make_mlp((2, 1))
    network = to_mlp(module)
    before = network.layers[0][0].copy()
    with torch.no_grad():
        next(module.parameters()).add_(1.0)
    np.testing.assert_array_equal(network.layers[0][0], before)


def test_zeroed_network_gives_zero_whatever_it_sees():
    module = make_mlp((3, 8, 2))
    assert module(torch.ones(4, 3)).abs().max() > 0.0
    zero_last(module)
    assert torch.equal(module(torch.randn(4, 3)), torch.zeros(4, 2))
