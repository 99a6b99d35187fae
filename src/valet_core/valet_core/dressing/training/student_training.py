"""Fits a student to demonstrations; a fit that was broken off goes on where it was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.dressing.training.student_data import AugmentConfig, StudentData
from valet_core.policy.chunk_network import ChunkNetwork, chunk_loss

__all__ = ['FitConfig', 'Progress', 'fit_student', 'held_out_error']

Progress = Callable[[int, dict[str, float]], None]
"""Step and losses."""


@dataclass(frozen=True)
class FitConfig:
    """Steps of AdamW."""

    steps: int = setting(6000, 'gradient steps', '', 1, 10_000_000)
    batch: int = setting(64, 'moments of a step', '', 1, 100_000)
    draws: int = setting(4, 'noisy versions of each chunk', '', 1, 64)
    learning_rate: float = setting(1e-3, 'at first; it falls to a hundredth', '', 1e-7, 1.0)
    average: float = setting(0.995, 'memory of the mean of the weights that is kept', '', 0, 1)
    done_weight: float = setting(0.05, 'of the loss of being done', '', 0.0, 10.0)
    keep_every: int = setting(250, 'steps between checkpoints', '', 1, 1_000_000)
    seed: int = setting(0, 'of weights, order and noise', '', 0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def fit_student(
    network: ChunkNetwork, data: StudentData, config: FitConfig, augment: AugmentConfig,
    checkpoint: Path | None = None, progress: Progress = lambda step, losses: None,
) -> ChunkNetwork:
    """Train a network; returns the mean of its weights over the last steps.

    Every step draws from its own seed, so that a fit that goes on from a checkpoint ends as one
    that was not broken off.

    Args:
        network: to begin with; changed.
        data: to learn from.
        config: of the steps.
        augment: of the observations.
        checkpoint: file that is gone on from, and kept up to date.
        progress: called at every step.

    Raises:
        InvalidInputError: for a checkpoint that cannot be read or is of other sizes.
    """
    mean = ChunkNetwork(network.config)
    mean.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=1e-4)
    parts = {'network': network, 'mean': mean, 'optimiser': optimiser}
    first = _resume(checkpoint, parts) if checkpoint is not None and checkpoint.exists() else 0
    for step in range(first, config.steps):
        for group in optimiser.param_groups:
            group['lr'] = config.learning_rate * _rate(step, config.steps)
        progress(step, _step(network, data, config, augment, optimiser, step))
        _follow(mean, network, min(config.average, (step + 1) / (step + 10)))
        if checkpoint is not None and ((step + 1) % config.keep_every == 0):
            _keep(checkpoint, parts, step + 1)
    if checkpoint is not None:
        _keep(checkpoint, parts, config.steps)
    return mean.eval()


def held_out_error(network: ChunkNetwork, data: StudentData, seed: int, count: int = 512) -> float:
    """Mean squared error of chunks denoised from noise alone, in the network's units."""
    rng = np.random.default_rng(seed)
    plain = AugmentConfig(0.0, 0.0, 0.0, 0.0, 0.0)
    batch = data.batch(rng.integers(len(data), size=count), plain, rng)
    with torch.no_grad():
        embedding, _ = network.observer(*map(torch.from_numpy, (batch.points, batch.state)))
        noise = torch.from_numpy(rng.standard_normal(batch.chunks.shape).astype(np.float32))
        start = torch.zeros_like(noise) if network.config.objective == 'mip' else noise
        guess = network.denoiser(start, torch.zeros(count), embedding)
    return float((guess - torch.from_numpy(batch.chunks)).square().mean())


def _step(
    network: ChunkNetwork, data: StudentData, config: FitConfig, augment: AugmentConfig,
    optimiser: torch.optim.Optimizer, step: int,
) -> dict[str, float]:
    rng = np.random.default_rng([config.seed, step])
    random = torch.Generator().manual_seed(int(rng.integers(2**62)))
    batch = data.batch(rng.integers(len(data), size=config.batch), augment, rng)
    points, state, chunks, done = map(torch.from_numpy, batch)
    embedding, logit = network.observer(points, state)
    chunk = chunk_loss(network, embedding, chunks, config.draws, random)
    over = torch.nn.functional.binary_cross_entropy_with_logits(logit, done)
    optimiser.zero_grad()
    (chunk + config.done_weight * over).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return {'chunk': float(chunk.detach()), 'done': float(over.detach())}


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / 100)
    return warm * (0.01 + 0.99 * 0.5 * (1.0 + float(np.cos(np.pi * step / steps))))


def _follow(mean: ChunkNetwork, network: ChunkNetwork, memory: float) -> None:
    with torch.no_grad():
        for kept, new in zip(mean.parameters(), network.parameters(), strict=True):
            kept.lerp_(new, 1.0 - memory)


def _keep(path: Path, parts: dict[str, ChunkNetwork | torch.optim.Optimizer], step: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix('.part')
    torch.save({'step': step, **{n: p.state_dict() for n, p in parts.items()}}, part)
    part.replace(path)


def _resume(path: Path, parts: dict[str, ChunkNetwork | torch.optim.Optimizer]) -> int:
    try:
        kept = torch.load(path, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(kept[name])
        return int(kept['step'])
    except Exception as error:  # torch has no base of its errors
        raise InvalidInputError(f'{path}: cannot be gone on from: {error}') from error
