"""Draws robot, person and cloth together; a model for looking at, without any physics."""

import importlib
import os
from typing import Any

import mujoco
import numpy as np

from valet_core.common.errors import InvalidInputError, ValetError
from valet_core.perception.labels import Label
from valet_core.simulation import ur_kinematics
from valet_core.simulation.appearance import Appearance
from valet_core.simulation.person import Person
from valet_core.simulation.robot_visuals import LINK_FRAMES
from valet_core.simulation.visual_model import FAR, MOVING, NEAR, STILL, build_visual_model

__all__ = ['ROBOT_LABEL', 'RenderScene']

ROBOT_LABEL = 4
"""Label of the robot in true segmentations; perception removes it and has no such class."""

_MAX_GEOMS = 400
_OWNERS = {
    'arm': Label.ARM,
    'body': Label.BODY,
    'robot': ROBOT_LABEL,
    'room': Label.OTHER,
}


class RenderScene:
    """The scene as a camera sees it.

    The drawing context is made by the first image, on the thread that asks for it; all later
    images have to be asked for on that thread.
    """

    def __init__(
        self,
        person: Person,
        triangles: np.ndarray,
        vertices: np.ndarray,
        T_world_base: np.ndarray,
        appearance: Appearance,
    ) -> None:
        """Build the model.

        Args:
            person: drawn as capsules.
            triangles: of the garment, vertex indices. Shape (nt, 3).
            vertices: of the garment, world frame [m]. Shape (nv, 3).
            T_world_base: where the robot stands. Shape (4, 4).
            appearance: colours and lights.
        """
        self.T_world_base = np.array(T_world_base, dtype=float)
        self._model = build_visual_model(person, triangles, vertices, T_world_base, appearance)
        self._data = mujoco.MjData(self._model)
        mujoco.mj_forward(self._model, self._data)
        self._mocap = [int(self._model.body(f).mocapid[0]) for f in LINK_FRAMES]
        self._geom_labels = self._label_geoms()
        self._scene = mujoco.MjvScene(self._model, maxgeom=_MAX_GEOMS)
        self._option = mujoco.MjvOption()
        self._camera = mujoco.MjvCamera()
        self._camera.type, self._camera.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, 0
        self._view: tuple[bytes, float, tuple[int, ...]] | None = None
        self._still: tuple[np.ndarray, np.ndarray] | None = None
        self._gl: Any = None
        self._context: mujoco.MjrContext | None = None

    def update(self, q: np.ndarray, vertices: np.ndarray) -> None:
        """Move robot and cloth.

        Args:
            q: joint angles of the arm [rad]. Shape (6,).
            vertices: of the garment, world frame [m]. Shape (nv, 3).
        """
        vertices = np.asarray(vertices)
        if vertices.shape != (self._model.nflexvert, 3):
            wanted = (self._model.nflexvert, 3)
            raise InvalidInputError(f'vertices: expected shape {wanted}, got {vertices.shape}')
        poses = ur_kinematics.forward(q)
        last = poses[ur_kinematics.LINK_NAMES[-1]]
        for index, T in zip(self._mocap, [np.eye(4), *poses.values(), last], strict=True):
            T = self.T_world_base @ T
            self._data.mocap_pos[index] = T[:3, 3]
            mujoco.mju_mat2Quat(self._data.mocap_quat[index], T[:3, :3].ravel())
        mujoco.mj_kinematics(self._model, self._data)
        self._data.flexvert_xpos[:] = vertices.reshape(self._data.flexvert_xpos.shape)

    def render(
        self,
        T_world_camera: np.ndarray,
        fovy: float,
        width: int,
        height: int,
        shadows: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw what a camera sees.

        Args:
            T_world_camera: pose of the optical frame: x right, y down, z forward. Shape (4, 4).
            fovy: vertical field of view [rad].
            width: [px].
            height: [px].
            shadows: nicer and slower.

        Returns:
            Colours (height, width, 3) uint8, and depths along z (height, width) float32 [m],
            inf where there is nothing.
        """
        rgb = np.empty((height, width, 3), dtype=np.uint8)
        raw = np.empty((height, width), dtype=np.float32)
        if shadows:
            self._draw(T_world_camera, fovy, rgb, raw, shadows=True)
        else:
            self._draw_over_still(T_world_camera, fovy, rgb, raw)
        with np.errstate(divide='ignore'):
            # The buffer holds 1 at the near plane and 0 at the far one, linear in 1 / depth.
            depth = (NEAR * FAR) / (NEAR + raw * np.float32(FAR - NEAR))
        depth[raw <= 0.0] = np.inf
        return rgb[::-1], depth[::-1]

    def segment(
        self, T_world_camera: np.ndarray, fovy: float, width: int, height: int
    ) -> np.ndarray:
        """True label of each pixel, for training and evaluation only.

        Returns:
            Values of `Label`, or `ROBOT_LABEL`. Shape (height, width), uint8.
        """
        rgb = np.empty((height, width, 3), dtype=np.uint8)
        self._draw(T_world_camera, fovy, rgb, None, segments=True)
        index = rgb[..., 0].astype(np.int32) + 256 * rgb[..., 1].astype(np.int32)
        table = np.zeros(_MAX_GEOMS + 2, dtype=np.uint8)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if geom.segid >= 0:
                flex = geom.objtype == mujoco.mjtObj.mjOBJ_FLEX
                label = Label.GARMENT if flex else self._geom_labels[geom.objid]
                table[geom.segid + 1] = label
        return table[index][::-1]

    def close(self) -> None:
        """Free the drawing context."""
        if self._context is not None:
            self._context.free()
        if self._gl is not None:
            self._gl.free()
        self._context = self._gl = None

    def __del__(self) -> None:
        if hasattr(self, '_gl'):
            self.close()

    def _draw_over_still(
        self, T_world_camera: np.ndarray, fovy: float, rgb: np.ndarray, raw: np.ndarray
    ) -> None:
        """Draw only what moves, before an image of the rest, while the view stays the same.

        Without shadows the two do not change each other, so that the image is the same.
        """
        view = (T_world_camera.tobytes(), fovy, rgb.shape)
        if view != self._view:
            # The first image of a view; many views are seen only once.
            self._view, self._still = view, None
            self._draw(T_world_camera, fovy, rgb, raw)
            return
        if self._still is None:
            self._still = np.empty_like(rgb), np.empty_like(raw)
            self._draw(T_world_camera, fovy, *self._still, groups=(STILL,))
        self._draw(T_world_camera, fovy, rgb, raw, groups=(MOVING,))
        still_rgb, still_raw = self._still
        behind = raw < still_raw
        np.copyto(rgb, still_rgb, where=behind[..., None])
        np.maximum(raw, still_raw, out=raw)

    def _draw(
        self,
        T_world_camera: np.ndarray,
        fovy: float,
        rgb: np.ndarray,
        depth: np.ndarray | None,
        shadows: bool = False,
        segments: bool = False,
        groups: tuple[int, ...] = (STILL, MOVING),
    ) -> None:
        height, width = rgb.shape[:2]
        context = self._ready_context()
        model, data = self._model, self._data
        # MuJoCo's cameras look along -z, with y up.
        R = T_world_camera[:3, :3] * np.array([1.0, -1.0, -1.0])
        model.cam_pos[0] = T_world_camera[:3, 3]
        mujoco.mju_mat2Quat(model.cam_quat[0], np.ascontiguousarray(R).ravel())
        model.cam_fovy[0] = np.rad2deg(fovy)
        mujoco.mj_camlight(model, data)
        for shown in (self._option.geomgroup, self._option.flexgroup):
            shown[:] = [group in groups for group in range(len(shown))]
        mujoco.mjv_updateScene(
            model, data, self._option, None, self._camera, mujoco.mjtCatBit.mjCAT_ALL, self._scene
        )
        flags = self._scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SHADOW] = shadows
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = segments
        flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segments
        area = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(area, self._scene, context)
        mujoco.mjr_readPixels(rgb, depth, area, context)

    def _ready_context(self) -> mujoco.MjrContext:
        if self._context is None:
            size = self._model.vis.global_
            self._gl = _gl_class()(size.offwidth, size.offheight)
            self._gl.make_current()
            self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100)
            mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
            self._context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._gl.make_current()
        return self._context

    def _label_geoms(self) -> np.ndarray:
        labels = np.zeros(self._model.ngeom, dtype=np.uint8)
        for geom in range(self._model.ngeom):
            owner = self._model.geom(geom).name.split('/')[0]
            labels[geom] = {'arm': Label.ARM, 'body': Label.BODY, 'robot': ROBOT_LABEL}.get(
                owner, 0
            )
        return labels


def _gl_class() -> Any:
    """MuJoCo's OpenGL context for the backend of MUJOCO_GL; without a screen by default."""
    backend = os.environ.get('MUJOCO_GL') or 'egl'
    try:
        return importlib.import_module(f'mujoco.{backend}').GLContext
    except (ImportError, AttributeError, OSError) as error:
        raise ValetError(
            f'images cannot be drawn with MUJOCO_GL={backend}: {error}; '
            'install libegl1 and libgl1-mesa-dri, or set MUJOCO_GL to one of: egl, osmesa, glfw'
        ) from error
