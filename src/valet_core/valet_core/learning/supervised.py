"""Fitting a network to examples that grow, and to their mirror images."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError

__all__ = ['Examples', 'FitConfig', 'Loss', 'Mirror', 'fit']

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Of outputs (B, ...) and targets (B, T), a scalar."""


@dataclasses.dataclass(frozen=True)
class FitConfig:
    """Steps of AdamW."""

    batch: int = setting(512, 'examples of a gradient step', '', 1, 100000)
    learning_rate: float = setting(1e-3, 'at first; it falls to a tenth', '', 1e-6, 1.0)

    def __post_init__(self) -> None:
        check(self)


class Mirror(NamedTuple):
    """A symmetry of the task: of an example (x, y), (x[source] * sign, y * target_sign) is one."""

    source: np.ndarray
    """Where each input comes from, (F,) int."""
    sign: np.ndarray
    """Of each input, (F,) float32."""
    target_sign: np.ndarray
    """Of each target, (T,) float32."""


class Examples:
    """Inputs and the targets wanted for them."""

    def __init__(self) -> None:
        """Start empty."""
        self._inputs: list[np.ndarray] = []
        self._targets: list[np.ndarray] = []

    def __len__(self) -> int:
        return sum(map(len, self._inputs))

    def add(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Append inputs (N, F) and targets (N, T)."""
        self._inputs.append(inputs.astype(np.float32))
        self._targets.append(targets.astype(np.float32))

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """All inputs (N, F) and targets (N, T), float32."""
        return (torch.from_numpy(np.concatenate(self._inputs)),
                torch.from_numpy(np.concatenate(self._targets)))  # fmt: skip


def fit(
    model: torch.nn.Module, examples: Examples, config: FitConfig, loss: Loss, passes: int,
    rng: np.random.Generator, mirror: Mirror | None = None,
) -> float:
    """Train a model on examples and, where a mirror is given, on half of the batches mirrored.

    Args:
        model: from inputs to what `loss` compares; changed.
        examples: to learn from.
        config: batch size and learning rate.
        loss: of outputs and targets.
        passes: over the examples; what is left over from whole batches is left out of each.
        rng: of the order and of the mirrored batches.
        mirror: a symmetry of the task.

    Returns:
        The mean loss of the last pass.

    Raises:
        InvalidInputError: if there are fewer examples than a batch has.
    """
    if len(examples) < config.batch:
        raise InvalidInputError(
            f'batch: received {config.batch}; allowed: at most the number of examples, '
            f'{len(examples)}'
        )
    inputs, targets = examples.tensors()
    flip = None if mirror is None else tuple(map(torch.from_numpy, mirror))
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate)
    total = passes * (len(inputs) // config.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 0.1 ** (k / total))
    losses: list[float] = []
    for _ in range(passes):
        losses = []
        for pick in _batches(len(inputs), config.batch, rng):
            x, y = inputs[pick], targets[pick]
            if flip is not None and rng.random() < 0.5:
                source, sign, target_sign = flip
                x, y = x[:, source] * sign, y * target_sign
            value = loss(model(x), y)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(value.detach()))
    return float(np.mean(losses))


def _batches(count: int, size: int, rng: np.random.Generator) -> list[torch.Tensor]:
    """Indices of whole batches in random order, each (size,)."""
    order = torch.from_numpy(rng.permutation(count))
    return [order[at : at + size] for at in range(0, count - size + 1, size)]
