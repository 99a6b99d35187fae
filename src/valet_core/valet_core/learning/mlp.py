"""Multilayer networks in torch, and their exchange with the numpy ones of the controllers."""

import numpy as np
import torch
from torch import nn

from valet_core.policy.mlp import Mlp

__all__ = ['from_mlp', 'make_mlp', 'to_mlp', 'zero_last']


def make_mlp(sizes: tuple[int, ...]) -> nn.Sequential:
    """Linear layers with ELU between them.

    Args:
        sizes: of input, hidden layers and output.
    """
    layers: list[nn.Module] = []
    for index in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[index], sizes[index + 1]))
        if index < len(sizes) - 2:
            layers.append(nn.ELU())
    return nn.Sequential(*layers)


def zero_last(module: nn.Module) -> None:
    """Set the last linear layer to zero, so that the output is zero whatever the input."""
    last = _linear(module)[-1]
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)


def to_mlp(module: nn.Module) -> Mlp:
    """The numpy network of the linear layers of a torch one, as a copy."""
    return Mlp([
        (m.weight.detach().cpu().numpy().copy(), m.bias.detach().cpu().numpy().copy())
        for m in _linear(module)
    ])  # fmt: skip


def from_mlp(network: Mlp) -> nn.Sequential:
    """The torch network of a numpy one, as a copy."""
    sizes = (network.inputs, *(len(bias) for _, bias in network.layers))
    module = make_mlp(sizes)
    with torch.no_grad():
        for layer, (weight, bias) in zip(_linear(module), network.layers, strict=True):
            layer.weight.copy_(torch.from_numpy(np.array(weight)))
            layer.bias.copy_(torch.from_numpy(np.array(bias)))
    return module


def _linear(module: nn.Module) -> list[nn.Linear]:
    return [m for m in module.modules() if isinstance(m, nn.Linear)]
