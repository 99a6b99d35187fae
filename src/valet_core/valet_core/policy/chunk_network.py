"""A policy's network in torch: points and state to an embedding, and a denoiser of chunks."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from valet_core.common.config import check, setting
from valet_core.policy.point_encoders import ENCODERS, make_encoder
from valet_core.policy.samplers import MIP_LEVEL, SAMPLERS

__all__ = ['ChunkNetwork', 'ChunkNetworkConfig', 'Denoiser', 'Observer', 'chunk_loss']


@dataclass(frozen=True)
class ChunkNetworkConfig:
    """Sizes of the network."""

    encoder: str = setting('dp3', 'of the points', choices=ENCODERS)
    points: int = setting(112, 'of an observation', '', 1, 4096)
    channels: int = setting(7, 'numbers of a point, its place first', '', 3, 64)
    state: int = setting(24, 'numbers beside the points', '', 1, 1024)
    chunk: int = setting(48, 'numbers of a chunk', '', 1, 4096)
    width: int = setting(192, 'of the embedding', '', 8, 2048)
    hidden: int = setting(256, 'width of the denoiser', '', 8, 4096)
    objective: str = setting('ddim', 'sampler that it is trained for', choices=SAMPLERS)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Observer(nn.Module):
    """Points and state to an embedding and the logit of being done."""

    def __init__(self, config: ChunkNetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.encoder = make_encoder(config.encoder, config.channels, width)
        self.state = nn.Sequential(nn.Linear(config.state, 64), nn.ReLU())
        self.join = nn.Sequential(
            nn.Linear(width + 64, width), nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, width)
        )
        self.done = nn.Linear(width, 1)

    def forward(
        self, points: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Embedding (B, D) and logit (B,) of points (B, N, C) and state (B, S)."""
        joined = torch.cat([self.encoder(points), self.state(state)], dim=-1)
        embedding = self.join(joined)
        return embedding, self.done(embedding).squeeze(-1)


class Denoiser(nn.Module):
    """A clean chunk from a noisy one; see `valet_core.policy.samplers.Denoiser`."""

    def __init__(self, config: ChunkNetworkConfig) -> None:
        super().__init__()
        hidden = config.hidden
        self.enter = nn.Linear(config.chunk + config.width + 16, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.SiLU(),
                          nn.Linear(hidden, hidden))
            for _ in range(3)
        )  # fmt: skip
        self.out = nn.Linear(hidden, config.chunk)

    def forward(
        self, chunk: torch.Tensor, level: torch.Tensor, embedding: torch.Tensor
    ) -> torch.Tensor:
        """Clean chunks (B, n) of chunks (B, n), levels (B,) and embeddings (B, D)."""
        waves = level[:, None] * (2.0 ** torch.arange(8, device=level.device))
        waves = torch.cat([waves.sin(), waves.cos()], dim=-1)
        x = self.enter(torch.cat([chunk, embedding, waves], dim=-1))
        for block in self.blocks:
            x = x + block(x)
        return self.out(x)


class ChunkNetwork(nn.Module):
    """Both parts.

    Attributes:
        config: its sizes.
    """

    def __init__(self, config: ChunkNetworkConfig) -> None:
        """Lay out the layers."""
        super().__init__()
        self.config = config
        self.observer, self.denoiser = Observer(config), Denoiser(config)


def chunk_loss(
    network: ChunkNetwork, embedding: torch.Tensor, chunks: torch.Tensor,
    draws: int, random: torch.Generator,
) -> torch.Tensor:
    """Squared error of clean chunks guessed from noisy ones, by the network's objective.

    Args:
        network: with a denoiser.
        embedding: shape (B, D).
        chunks: shape (B, n), about -1..1.
        draws: noisy versions of each.
        random: of noise and levels.
    """
    embedding, chunks = embedding.repeat(draws, 1), chunks.repeat(draws, 1)
    noise = torch.randn(chunks.shape, generator=random)
    if network.config.objective == 'mip':
        level = torch.zeros(len(chunks))
        level[len(chunks) // 2 :] = MIP_LEVEL
        share, rest = level, (level > 0) * (1.0 - level)
    else:
        level = torch.rand(len(chunks), generator=random)
        share, rest = torch.sin(0.5 * np.pi * level), torch.cos(0.5 * np.pi * level)
    noisy = share[:, None] * chunks + rest[:, None] * noise
    return (network.denoiser(noisy, level, embedding) - chunks).square().mean()
