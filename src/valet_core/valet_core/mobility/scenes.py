"""One world by the name of its scene and a seed, or from a file of BARN worlds."""

from valet_core.errors import InvalidInputError
from valet_core.mobility.embodiment import Embodiment
from valet_core.mobility.world import World
from valet_core.mobility.worlds import generate, load_barn

__all__ = ['find_world']


def find_world(scene: str, seed: int, embodiment: Embodiment, task: int = 0) -> World:
    """The world of a scene.

    Args:
        scene: one of worlds.SCENES, or the path of a .jsonl file of BARN worlds.
        seed: of a scene; of a file, which of its worlds.
        embodiment: that has to fit through a generated scene.
        task: that the world has to have.

    Raises:
        InvalidInputError: for an unknown scene, a bad file, or a world or task that is not there.
    """
    if scene.endswith('.jsonl'):
        worlds = load_barn(scene)
        if not 0 <= seed < len(worlds):
            raise InvalidInputError(
                f'seed: received {seed}; allowed: 0..{len(worlds) - 1}, the worlds of {scene}'
            )
        world = worlds[seed]
    else:
        world = generate(scene, seed, embodiment)
    if not 0 <= task < len(world.starts):
        raise InvalidInputError(
            f'task: received {task}; allowed: 0..{len(world.starts) - 1} in {world.name}'
        )
    return world
