"""Trains the networks of the scores, in torch, on one thread, the same for the same seed."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from valet_core.monitor.scores.network import Network
from valet_core.monitor.scores.settings import TrainingSettings

__all__ = ['as_network', 'make_layers', 'train']

Loss = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread meanwhile: the order of sums then depends on no machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def make_layers(sizes: Sequence[int], generator: torch.Generator) -> torch.nn.Sequential:
    """Linear layers with LeakyReLU between, orthogonal weights of gain sqrt 2, no bias at first.

    Args:
        sizes: of input, hidden layers and output.
        generator: of the weights.
    """
    layers: list[torch.nn.Module] = []
    for index, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        if index:
            layers.append(torch.nn.LeakyReLU())
        linear = torch.nn.Linear(inputs, outputs)
        torch.nn.init.orthogonal_(linear.weight, math.sqrt(2.0), generator=generator)
        torch.nn.init.zeros_(linear.bias)
        layers.append(linear)
    return torch.nn.Sequential(*layers)


def as_network(layers: torch.nn.Sequential) -> Network:
    """The same in numpy."""
    linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    return Network([(m.weight.detach().numpy().copy(), m.bias.detach().numpy().copy())
                    for m in linear])  # fmt: skip


def train(
    layers: torch.nn.Sequential,
    rows: np.ndarray,
    loss: Loss,
    settings: TrainingSettings,
    generator: torch.Generator,
) -> float:
    """Train; the weights of the best epoch stay.

    Args:
        layers: trained in place.
        rows: inputs. Shape (N, D).
        loss: of a batch, with a generator for what is random in it.
        settings: rate, epochs, patience.
        generator: of the batches.

    Returns:
        The loss of the best epoch, on the rows that are held out, or on all where none are.
    """
    with one_thread():
        return _train(layers, torch.from_numpy(rows), loss, settings, generator)


def _train(
    layers: torch.nn.Sequential,
    rows: torch.Tensor,
    loss: Loss,
    settings: TrainingSettings,
    generator: torch.Generator,
) -> float:
    order = torch.randperm(len(rows), generator=generator)
    count = int(settings.held_out * len(rows))
    held, used = rows[order[:count]], rows[order[count:]]
    judged = held if count else used
    optimiser = torch.optim.AdamW(
        layers.parameters(), settings.rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimiser, settings.epochs, settings.final_rate
    )
    noise = torch.Generator()
    best, best_state, waited = math.inf, layers.state_dict(), 0
    for _ in range(settings.epochs):
        shuffled = used[torch.randperm(len(used), generator=generator)]
        for batch in shuffled.split(settings.batch):
            optimiser.zero_grad()
            loss(batch, generator).backward()
            optimiser.step()
        schedule.step()
        with torch.no_grad():
            reached = float(loss(judged, noise.manual_seed(0)))
        if reached < best:
            best, waited = reached, 0
            best_state = {k: v.clone() for k, v in layers.state_dict().items()}
        else:
            waited += 1
            if waited >= settings.patience:
                break
    layers.load_state_dict(best_state)
    return best
