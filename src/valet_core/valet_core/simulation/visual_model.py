"""The model that is drawn: a seated person, a garment, a robot on its stand, and a room."""

import mujoco
import numpy as np

from valet_core.simulation.appearance import Appearance, Colour
from valet_core.simulation.person import Person
from valet_core.simulation.robot_visuals import LINK_FRAMES, drawn_parts

__all__ = ['FAR', 'GARMENT', 'MOVING', 'NEAR', 'STILL', 'build_visual_model']

GARMENT = 'garment'
NEAR, FAR = 0.1, 8.0  # clipping planes [m]
STILL, MOVING = 0, 1  # groups of what is drawn: room and person, robot and garment
CLOTH_RADIUS = 0.003
LARGEST_IMAGE = (1280, 960)

_BOX, _CAPSULE = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CAPSULE
_CYLINDER, _PLANE = mujoco.mjtGeom.mjGEOM_CYLINDER, mujoco.mjtGeom.mjGEOM_PLANE


def build_visual_model(
    person: Person,
    triangles: np.ndarray,
    vertices: np.ndarray,
    T_world_base: np.ndarray,
    appearance: Appearance,
) -> mujoco.MjModel:
    """Compile the scene. Geoms are named owner/part; owners: arm, body, robot, room.

    Each of the robot's frames is a mocap body; the camera is number 0.
    """
    spec = mujoco.MjSpec()
    spec.stat.extent = 1.0  # makes the clipping planes metres
    spec.visual.map.znear, spec.visual.map.zfar = NEAR, FAR
    spec.visual.quality.offsamples = 0
    spec.visual.quality.shadowsize = 2048
    spec.visual.quality.numslices, spec.visual.quality.numstacks = 18, 8  # within 1 mm of round
    spec.visual.global_.offwidth, spec.visual.global_.offheight = LARGEST_IMAGE
    _add_lights(spec, appearance)
    _add_room(spec, person, T_world_base, appearance)
    _add_person(spec, person, appearance)
    _add_unmodelled_parts(spec, person, appearance)
    _add_robot(spec)
    _add_garment(spec, triangles, vertices, appearance.garment)
    spec.worldbody.add_camera(name='camera')
    return spec.compile()


def _add_lights(spec: mujoco.MjSpec, look: Appearance) -> None:
    head = spec.visual.headlight
    head.ambient = [look.ambient] * 3
    head.diffuse = [0.12] * 3
    head.specular = [0.0] * 3
    direction = np.array(look.light_direction)
    # A lamp, not the sun: the shadows of directional lights come out in stripes.
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_SPOT,
        pos=np.array([0.3, 0.0, 1.0]) - 2.2 * direction,
        dir=direction,
        cutoff=70.0,
        exponent=4.0,
        diffuse=[look.light] * 3,
        specular=[0.1] * 3,
        castshadow=True,
    )


def _add_room(
    spec: mujoco.MjSpec, person: Person, T_world_base: np.ndarray, look: Appearance
) -> None:
    _add_floor(spec, look)
    out = person.outward[1]
    _geom(spec, 'room/wall_back', _BOX, [0.05, 3, 1.6], look.wall, pos=[-1.6, 0, 1.6])
    side = np.array(look.wall) * 0.92
    _geom(spec, 'room/wall_side', _BOX, [3, 0.05, 1.6], side, pos=[1.3, out * 2.6, 1.6])
    h = person.config.stature_m / 1.7
    seat = 0.40 * h
    _geom(spec, 'room/seat', _BOX, [0.23, 0.24, 0.03], look.chair, pos=[0.06, 0, seat])
    _geom(spec, 'room/back', _BOX, [0.025, 0.22, 0.28], look.chair, pos=[-0.20, 0, seat + 0.33])
    for x in (-0.15, 0.27):
        for y in (-0.2, 0.2):
            leg = [x, y, seat / 2]
            _geom(spec, f'room/leg_{x}_{y}', _BOX, [0.02, 0.02, seat / 2], look.chair, pos=leg)
    places = ([-1.2, -1.0, 0.4], [-1.3, 1.1, 0.6], [-1.1, out * 1.9, 0.3])
    for i, (place, colour) in enumerate(zip(places, look.clutter, strict=True)):
        size = [0.2 + 0.05 * i, 0.25, place[2]]
        _geom(spec, f'room/clutter_{i}', _BOX, size, colour, pos=place)
    stand = float(T_world_base[2, 3]) / 2
    if stand > 0.01:
        foot = [T_world_base[0, 3], T_world_base[1, 3], stand]
        _geom(spec, 'room/stand', _CYLINDER, [0.09, stand, 0], look.pedestal, pos=foot)


def _add_floor(spec: mujoco.MjSpec, look: Appearance) -> None:
    spec.add_texture(
        name='floor',
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=look.floor[0],
        rgb2=look.floor[1],
        width=64,
        height=64,
    )
    material = spec.add_material(name='floor', texrepeat=[8, 8])
    textures = list(material.textures)
    textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = 'floor'
    material.textures = textures
    floor = spec.worldbody.add_geom(name='room/floor', type=_PLANE, size=[4, 4, 0.1])
    floor.material = 'floor'


def _add_person(spec: mujoco.MjSpec, person: Person, look: Appearance) -> None:
    colours = {'arm': look.skin, 'torso': look.shirt, 'head': look.skin, 'leg': look.trousers}
    for capsule in person.capsules:
        owner = 'arm' if capsule.part == 'arm' else 'body'
        colour = look.skin if capsule.name == 'neck' else colours[capsule.part]
        ends = [*capsule.start, *capsule.end]
        name = f'{owner}/{capsule.name}'
        _geom(spec, name, _CAPSULE, [capsule.radius, 0, 0], colour, fromto=ends)
        if capsule.part == 'head':
            cap = capsule.end + np.array([-0.25, 0.0, 0.25]) * capsule.radius
            ends = [*cap, *(cap + np.array([0.0, 0.0, 1e-3]))]
            size = [1.02 * capsule.radius, 0, 0]
            _geom(spec, 'body/hair', _CAPSULE, size, look.hair, fromto=ends)


def _add_unmodelled_parts(spec: mujoco.MjSpec, person: Person, look: Appearance) -> None:
    """What the physics has no need of: the other arm, resting on its thigh."""
    h = person.config.stature_m
    shoulder, out = person.arm.joints[0], person.outward
    other = shoulder * np.array([1.0, -1.0, 1.0])
    hand = np.array([0.19 * h, 0.09 / 1.7 * h * -out[1], person.arm.joints[0, 2] - 0.20 * h])
    elbow = other + np.array([0.01 * h, -0.02 * h * out[1], -0.183 * h])
    upper, fore, _ = person.arm.radii
    cuff = other + 0.45 * (elbow - other)
    rows = (
        ('sleeve', other, cuff, 1.12 * upper, look.shirt),
        ('upper', other, elbow, upper, look.skin),
        ('forearm', elbow, hand, fore, look.skin),
        ('hand', hand, hand + [0.06 * h, 0.01, -0.015 * h], 0.9 * fore, look.skin),
    )
    for name, start, end, radius, colour in rows:
        ends = [*start, *end]
        _geom(spec, f'body/other_{name}', _CAPSULE, [radius, 0, 0], colour, fromto=ends)


def _add_robot(spec: mujoco.MjSpec) -> None:
    bodies = {frame: spec.worldbody.add_body(name=frame, mocap=True) for frame in LINK_FRAMES}
    for i, part in enumerate(drawn_parts()):
        mesh = spec.add_mesh(name=f'robot_{i}')
        mesh.uservert, mesh.userface = part.vertices.ravel(), part.faces.ravel()
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
        bodies[part.frame].add_geom(
            name=f'robot/{i}',
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=f'robot_{i}',
            rgba=part.rgba,
            group=MOVING,
            contype=0,
            conaffinity=0,
        )


def _add_garment(
    spec: mujoco.MjSpec, triangles: np.ndarray, vertices: np.ndarray, colour: Colour
) -> None:
    flex = spec.add_flex()
    flex.name, flex.dim, flex.radius = GARMENT, 2, CLOTH_RADIUS
    flex.vert, flex.elem = np.ravel(vertices), np.ravel(triangles).tolist()
    flex.vertbody = ['world']  # the vertices are set before each image
    flex.rgba = [*colour, 1.0]
    flex.group = MOVING
    flex.contype = flex.conaffinity = 0


def _geom(
    spec: mujoco.MjSpec,
    name: str,
    kind: mujoco.mjtGeom,
    size: list[float],
    colour: np.ndarray | Colour,
    **place: list[float],
) -> None:
    spec.worldbody.add_geom(
        name=name,
        type=kind,
        size=size,
        rgba=[*colour, 1.0],
        group=STILL,
        contype=0,
        conaffinity=0,
        **place,
    )
