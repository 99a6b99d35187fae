"""The robot's shapes as triangles in its link frames, simplified for fast drawing."""

import functools
from typing import NamedTuple

import mujoco
import numpy as np

from valet_core.simulation import ur_kinematics
from valet_core.simulation.robot_model import (
    BASE_FRAME,
    FLANGE_FRAME,
    closed_gripper_joints,
    visual_spec,
)

__all__ = ['LINK_FRAMES', 'VisualPart', 'cluster', 'drawn_parts', 'visual_parts']

LINK_FRAMES = (BASE_FRAME, *ur_kinematics.LINK_NAMES, FLANGE_FRAME)

DRAWN_CELL = 0.006
"""Detail kept for drawing [m]: about a pixel of a 320x240 image."""


class VisualPart(NamedTuple):
    """Triangles of one colour that move with one link; the gripper's move with the flange."""

    frame: str
    rgba: tuple[float, ...]
    vertices: np.ndarray
    """In the frame [m]. Shape (n, 3)."""
    faces: np.ndarray
    """Vertex indices. Shape (m, 3)."""


@functools.cache
def visual_parts() -> tuple[VisualPart, ...]:
    """All that is drawn of the robot, in full detail, with the fingers closed."""
    model = visual_spec().compile()
    data = mujoco.MjData(model)
    for name, angle in closed_gripper_joints().items():
        data.qpos[model.joint(name).qposadr[0]] = angle
    mujoco.mj_kinematics(model, data)
    parts = []
    for geom in range(model.ngeom):
        frame = _frame(model.body(model.geom_bodyid[geom]).name)
        vertices, faces = _mesh(model, model.geom_dataid[geom])
        world = vertices @ data.geom_xmat[geom].reshape(3, 3).T + data.geom_xpos[geom]
        position, rotation = np.zeros(3), np.eye(3)
        if frame != BASE_FRAME:
            position, rotation = data.site(frame).xpos, data.site(frame).xmat.reshape(3, 3)
        material = model.geom_matid[geom]
        rgba = model.mat_rgba[material] if material >= 0 else model.geom_rgba[geom]
        colour = tuple(float(v) for v in rgba)
        parts.append(VisualPart(frame, colour, (world - position) @ rotation, faces))
    return tuple(parts)


@functools.cache
def drawn_parts(cell: float = DRAWN_CELL) -> tuple[VisualPart, ...]:
    """The robot with less detail, and one part for each colour of each link."""
    drawn = []
    for frame in LINK_FRAMES:
        parts = [part for part in visual_parts() if part.frame == frame]
        # One grid for the whole link, so that no cracks open between its colours.
        vertices, faces = _joined(parts)
        merged, group = cluster(vertices, cell)
        owner = np.repeat(np.arange(len(parts)), [len(p.faces) for p in parts])
        for rgba in dict.fromkeys(part.rgba for part in parts):
            mine = [i for i, part in enumerate(parts) if part.rgba == rgba]
            kept = _proper(group[faces[np.isin(owner, mine)]])
            used, kept = np.unique(kept, return_inverse=True)
            drawn.append(VisualPart(frame, rgba, merged[used], kept.reshape(-1, 3)))
    return tuple(drawn)


def cluster(vertices: np.ndarray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Merge the vertices in each cell of a grid into their mean.

    Args:
        vertices: [m]. Shape (n, 3).
        cell: edge of the grid's cells [m].

    Returns:
        Merged vertices (k, 3), and the index of the merged vertex of each vertex (n,).
    """
    keys = np.floor((vertices - vertices.min(axis=0)) / cell).astype(np.int64)
    size = keys.max(axis=0) + 1
    flat = (keys[:, 0] * size[1] + keys[:, 1]) * size[2] + keys[:, 2]
    _, group, count = np.unique(flat, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(group, weights=vertices[:, i]) for i in range(3)], axis=1)
    return sums / count[:, None], group


def _proper(faces: np.ndarray) -> np.ndarray:
    """Faces with three different corners, each once."""
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    # The same triangle twice would flicker; which of the two stays does not matter.
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return faces[np.sort(first)]


def _mesh(model: mujoco.MjModel, mesh: int) -> tuple[np.ndarray, np.ndarray]:
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    vertices = model.mesh_vert[first : first + count].astype(float)
    first, count = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
    return vertices, model.mesh_face[first : first + count].astype(int)


def _joined(parts: list[VisualPart]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *(len(p.vertices) for p in parts[:-1])])
    vertices = np.concatenate([p.vertices for p in parts])
    return vertices, np.concatenate([p.faces + o for p, o in zip(parts, offsets, strict=True)])


def _frame(body: str) -> str:
    if body in ur_kinematics.LINK_NAMES:
        return body
    return BASE_FRAME if body == 'base' else FLANGE_FRAME
