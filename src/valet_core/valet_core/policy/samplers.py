"""Chunks of actions out of a denoising network, in numpy: what runs on the robot.

A network guesses the clean chunk from a noisy one, the level of the noise and an embedding of
the observation. The embedding is made once, however many chunks are drawn from it.
"""

import abc
from collections.abc import Callable

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = [
    'SAMPLERS', 'DdimSampler', 'Denoiser', 'MipSampler', 'Sampler', 'make_sampler', 'signal',
]  # fmt: skip

Denoiser = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Of noisy chunks (B, n), levels (B,) from 0 (noise) to 1 (clean) and embeddings (B, D): clean
chunks (B, n)."""

SAMPLERS = ('ddim', 'mip')
MIP_LEVEL = 0.9  # of the second pass


def signal(level: np.ndarray) -> np.ndarray:
    """Share of the clean chunk in a noisy one, of a cosine schedule (Nichol and Dhariwal 2021).

    Args:
        level: 0 is noise alone, 1 is clean.

    Returns:
        The root of alpha bar; that of the noise is the root of 1 less its square.
    """
    return np.sin(0.5 * np.pi * level)


class Sampler(abc.ABC):
    """Draws chunks."""

    @abc.abstractmethod
    def draw(self, denoise: Denoiser, embedding: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """One chunk for each row of noise.

        Args:
            denoise: the network.
            embedding: of the observation. Shape (D,).
            noise: standard normal. Shape (B, n).

        Returns:
            Shape (B, n).
        """


class DdimSampler(Sampler):
    """Few deterministic steps from noise to a chunk (Song et al. 2021, eta 0)."""

    def __init__(self, steps: int) -> None:
        """Take the number of passes of the network."""
        if steps < 1:
            raise InvalidInputError(f'steps: received {steps}; allowed: 1 and more')
        self.levels = np.linspace(0.0, 1.0, steps + 1)

    def draw(self, denoise: Denoiser, embedding: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """See `Sampler`."""
        embeddings = np.broadcast_to(embedding, (len(noise), len(embedding)))
        chunk = clean = noise
        for now, after in zip(self.levels[:-1], self.levels[1:], strict=True):
            level = np.full(len(noise), now, dtype=noise.dtype)
            clean = denoise(chunk, level, embeddings)
            share, next_share = float(signal(now)), float(signal(after))
            left = (chunk - share * clean) / np.sqrt(1.0 - share**2)
            chunk = next_share * clean + max(0.0, 1.0 - next_share**2) ** 0.5 * left
            chunk = chunk.astype(noise.dtype)
        return clean


class MipSampler(Sampler):
    """Two passes: from nothing, then from the first guess (minimal iterative policy, 2026).

    It draws nothing: every row is the same.
    """

    def draw(self, denoise: Denoiser, embedding: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """See `Sampler`."""
        embeddings = embedding[None]
        first = np.zeros((1, noise.shape[1]), dtype=noise.dtype)
        guess = denoise(first, np.zeros(1, noise.dtype), embeddings)
        level = np.full(1, MIP_LEVEL, noise.dtype)
        second = (MIP_LEVEL * guess).astype(noise.dtype)
        return np.repeat(denoise(second, level, embeddings), len(noise), axis=0)


def make_sampler(kind: str, steps: int) -> Sampler:
    """A sampler by its name, one of `SAMPLERS`; `steps` are those of DDIM.

    Raises:
        InvalidInputError: for another name.
    """
    if kind == 'ddim':
        return DdimSampler(steps)
    if kind == 'mip':
        return MipSampler()
    raise InvalidInputError(f'sampler: received {kind!r}; allowed: {", ".join(SAMPLERS)}')
