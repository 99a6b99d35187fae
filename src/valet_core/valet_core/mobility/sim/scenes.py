"""Worlds by the name of their scene and a seed, or from a file of BARN worlds."""

from collections.abc import Callable

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.field_scene import barn_field
from valet_core.mobility.sim.indoor_scenes import office, ward, warehouse
from valet_core.mobility.sim.world import World
from valet_core.mobility.sim.world_files import load_barn

__all__ = ['SCENES', 'find_world', 'generate']

_MAKERS: dict[str, Callable[[int, Embodiment], World]] = {
    'barn': barn_field,
    'warehouse': warehouse,
    'office': office,
    'ward': ward,
}
SCENES = tuple(_MAKERS)


def generate(scene: str, seed: int, embodiment: Embodiment) -> World:
    """A world of a named scene, passable for a body; the same seed gives the same world.

    Raises:
        InvalidInputError: for an unknown scene.
    """
    if scene not in _MAKERS:
        raise InvalidInputError(f'scene: received {scene!r}; allowed: {", ".join(SCENES)}')
    return _MAKERS[scene](seed, embodiment)


def find_world(scene: str, seed: int, embodiment: Embodiment, task: int = 0) -> World:
    """The world of a scene.

    Args:
        scene: one of SCENES, or the path of a .jsonl file of BARN worlds.
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
