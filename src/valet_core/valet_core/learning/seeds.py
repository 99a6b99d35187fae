"""One seed for everything that a training draws."""

import numpy as np
import torch

__all__ = ['seeded']


def seeded(seed: int) -> np.random.Generator:
    """Seed torch, and give the generator of numpy of the same seed.

    Torch is bound to one thread, as sums that threads share depend on their number.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    return np.random.default_rng(seed)
