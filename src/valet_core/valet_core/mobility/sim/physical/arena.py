"""A planar world as a MuJoCo spec: a floor, and obstacles 1 m tall."""

import mujoco
import numpy as np

from valet_core.mobility.sim.people import RADIUS
from valet_core.mobility.sim.world import World

__all__ = [
    'BODY_BIT', 'FLOOR_BIT', 'FLOOR_GROUP', 'OBSTACLE_BIT', 'OBSTACLE_GROUP', 'ROBOT_GROUP',
    'arena_spec',
]  # fmt: skip

HEIGHT = 1.0  # m
HALF_THICKNESS = 0.005  # m of a wall, which is a line in the planar world
FLOOR_GROUP, OBSTACLE_GROUP, ROBOT_GROUP = 0, 1, 2  # geom groups; rays see obstacles only
# Bits of contype (robots) and conaffinity (surroundings): no robot touches itself.
FLOOR_BIT, OBSTACLE_BIT = 1, 2
BODY_BIT = OBSTACLE_BIT


def arena_spec(world: World, people: int = 0, timestep: float = 0.005) -> mujoco.MjSpec:
    """Everything but the robot.

    Args:
        world: whose circles become cylinders and whose segments become thin walls.
        people: of how many walking people to keep room, as mocap bodies `person_<i>`.
        timestep: of the simulation [s].
    """
    spec = mujoco.MjSpec()
    spec.option.timestep = timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    # Wide enough for every world: each frame's far plane follows from it.
    spec.stat.extent = 10.0
    spec.worldbody.add_geom(
        name='floor', type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 0.1], group=FLOOR_GROUP,
        contype=0, conaffinity=FLOOR_BIT, rgba=[0.86, 0.86, 0.84, 1.0],
    )  # fmt: skip
    spec.worldbody.add_light(pos=[0, 0, 20], dir=[0.2, 0.1, -1], type=_DIRECTIONAL)
    for index, (x, y, radius) in enumerate(world.circles):
        if radius > 0.0:
            _obstacle(
                spec.worldbody, f'circle_{index}', mujoco.mjtGeom.mjGEOM_CYLINDER,
                [radius, HEIGHT / 2.0, 0.0], [x, y, HEIGHT / 2.0],
            )  # fmt: skip
    for index, (x1, y1, x2, y2) in enumerate(world.segments):
        half, yaw = np.hypot(x2 - x1, y2 - y1) / 2.0, np.arctan2(y2 - y1, x2 - x1)
        _obstacle(
            spec.worldbody, f'segment_{index}', mujoco.mjtGeom.mjGEOM_BOX,
            [max(half, 1e-3), HALF_THICKNESS, HEIGHT / 2.0],
            [(x1 + x2) / 2.0, (y1 + y2) / 2.0, HEIGHT / 2.0], yaw,
        )  # fmt: skip
    for index in range(people):
        body = spec.worldbody.add_body(name=f'person_{index}', mocap=True, pos=[0, 0, -10.0])
        _obstacle(
            body, f'person_{index}', mujoco.mjtGeom.mjGEOM_CYLINDER,
            [RADIUS, HEIGHT / 2.0, 0.0], [0, 0, HEIGHT / 2.0], rgba=(0.2, 0.4, 0.8, 1.0),
        )  # fmt: skip
    return spec


_DIRECTIONAL = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL


def _obstacle(
    body: mujoco.MjsBody,
    name: str,
    kind: mujoco.mjtGeom,
    size: list[float],
    position: list[float],
    yaw: float = 0.0,
    rgba: tuple[float, ...] = (0.55, 0.42, 0.32, 1.0),
) -> None:
    body.add_geom(
        name=name, type=kind, size=size, pos=position, group=OBSTACLE_GROUP, contype=0,
        conaffinity=OBSTACLE_BIT, quat=[np.cos(yaw / 2.0), 0.0, 0.0, np.sin(yaw / 2.0)],
        rgba=list(rgba),
    )  # fmt: skip
