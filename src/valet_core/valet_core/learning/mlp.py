"""Multilayer networks in torch, and their exchange with the numpy ones of the controllers."""

import numpy as np
import torch
from torch import nn

from valet_core.policy.mlp import Mlp

__all__ = ['from_mlp', 'make_mlp', 'to_mlp']


def make_mlp(sizes: tuple[int, ...], zero_last: bool = False) -> nn.Sequential:
    """Linear layers of the given sizes with ELU between them.

    Args:
        sizes: of input, hidden layers and output.
        zero_last: start with an output of zero.
    """
    layers: list[nn.Module] = []
    for index in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[index], sizes[index + 1]))
        if index < len(sizes) - 2:
            layers.append(nn.ELU())
    last = layers[-1]
    assert isinstance(last, nn.Linear)
    if zero_last:
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    return nn.Sequential(*layers)


def to_mlp(module: nn.Module) -> Mlp:
    """The numpy network of the linear layers of a sequence."""
    linear = [m for m in module.modules() if isinstance(m, nn.Linear)]
    return Mlp([
        (m.weight.detach().cpu().numpy().copy(), m.bias.detach().cpu().numpy().copy())
        for m in linear
    ])  # fmt: skip


def from_mlp(network: Mlp) -> nn.Sequential:
    """The torch network of a numpy one."""
    sizes = (network.inputs, *(len(bias) for _, bias in network.layers))
    module = make_mlp(sizes)
    linear = [m for m in module if isinstance(m, nn.Linear)]
    with torch.no_grad():
        for layer, (weight, bias) in zip(linear, network.layers, strict=True):
            layer.weight.copy_(torch.from_numpy(np.array(weight)))
            layer.bias.copy_(torch.from_numpy(np.array(bias)))
    return module
