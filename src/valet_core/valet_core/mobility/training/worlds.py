"""Worlds to train in, apart from those to measure in."""

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.scenes import SCENES, generate
from valet_core.mobility.sim.world import WorldBank

__all__ = ['TRAINING_SEEDS', 'scene_worlds', 'training_worlds']

TRAINING_SEEDS = 100_000  # seeds below it are for training, those above for validation and tests


def training_worlds(
    embodiment: Embodiment, count: int, seed: int = 0, scenes: tuple[str, ...] = SCENES
) -> WorldBank:
    """`count` worlds of each scene from training seeds.

    Raises:
        InvalidInputError: if the body is held out, or the seeds are not for training.
    """
    if embodiment.held_out:
        raise InvalidInputError(
            f'embodiment: received {embodiment.name}, which is held out; allowed: the bodies '
            'that are not, as nothing is trained on those'
        )
    if not 0 <= seed <= TRAINING_SEEDS - count:
        raise InvalidInputError(f'seed: received {seed}; allowed: 0..{TRAINING_SEEDS - count}')
    return scene_worlds(embodiment, count, seed, scenes)


def scene_worlds(
    embodiment: Embodiment, count: int, seed: int, scenes: tuple[str, ...] = SCENES
) -> WorldBank:
    """`count` worlds of each scene from any seeds, to measure in."""
    return WorldBank([generate(s, seed + i, embodiment) for s in scenes for i in range(count)])
