"""One frame of a colour and depth camera, and what is wrong with a frame that cannot be used."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from valet_core.common.errors import InvalidInputError, PerceptionError

__all__ = [
    'GRID', 'Pixels', 'RgbdFrame', 'check_frame', 'check_link_poses', 'check_pose', 'sample',
]  # fmt: skip

GRID = (120, 160)
"""Rows and columns that a frame is sampled at; its size is a whole multiple of this."""

_MAX_MULTIPLE = 12


class RgbdFrame(NamedTuple):
    """Colour and depth aligned with it, taken at one moment."""

    stamp: float
    """When it was taken [s]."""
    rgb: np.ndarray
    """Colour. Shape (h, w, 3), uint8."""
    depth_mm: np.ndarray
    """Depth along the optical axis. Shape (h, w): uint16 in mm with 0 for no return, or floating
    in m (encoding 32FC1) with NaN or 0 for no return."""
    K: np.ndarray
    """Camera matrix of both images [px]. Shape (3, 3)."""
    T_base_camera: np.ndarray
    """Pose of the optical frame: x right, y down, z forward. Shape (4, 4)."""


class Pixels(NamedTuple):
    """A frame sampled on the grid, as points."""

    rgb: np.ndarray
    """Colour. Shape (*GRID, 3), uint8."""
    points: np.ndarray
    """Base frame [m]; the camera's place without a return. Shape (*GRID, 3), float32."""
    valid: np.ndarray
    """Where there is a return. Shape (*GRID), bool."""


def check_frame(frame: RgbdFrame) -> None:
    """Check everything about a frame but its content.

    Raises:
        InvalidInputError: naming the part, what was received and what is allowed.
    """
    if not np.isfinite(frame.stamp):
        raise InvalidInputError(f'stamp: expected a finite time, received {frame.stamp!r}')
    rgb = _array('colour image', frame.rgb)
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise InvalidInputError(
            f'colour image: expected shape (h, w, 3) of uint8, received {rgb.shape} of {rgb.dtype}'
        )
    depth = _array('depth image', frame.depth_mm)
    if depth.ndim != 2 or not (depth.dtype == np.uint16 or depth.dtype.kind == 'f'):
        raise InvalidInputError(
            'depth image: expected shape (h, w) of uint16 in mm or floating in m, '
            f'received {depth.shape} of {depth.dtype}'
        )
    _check_size(rgb.shape[:2], depth.shape)
    K = _array('camera matrix', frame.K)
    if K.shape != (3, 3) or not np.isfinite(K).all() or min(K[0, 0], K[1, 1]) <= 0:
        raise InvalidInputError(
            'camera matrix: expected a finite 3 x 3 matrix with focal lengths above 0, '
            f'received {K.tolist()}'
        )
    check_pose('pose of the camera', frame.T_base_camera)


def check_pose(name: str, T: object) -> None:
    """Check a homogeneous transform.

    Raises:
        InvalidInputError: naming it, what was received and what is allowed.
    """
    pose = _array(name, T)
    if pose.shape != (4, 4) or pose.dtype.kind != 'f' or not _rigid(pose[None]):
        raise InvalidInputError(
            f'{name}: expected a finite 4 x 4 rigid transform, received {pose.tolist()}'
        )


def check_link_poses(poses: Mapping[str, np.ndarray]) -> None:
    """Check T_base_link of every link of a robot.

    Raises:
        InvalidInputError: naming the link, what was received and what is allowed.
    """
    values = list(poses.values())
    alike = all(
        isinstance(T, np.ndarray) and T.shape == (4, 4) and T.dtype.kind == 'f' for T in values
    )
    if not values or (alike and _rigid(np.stack(values))):
        return
    for name, T in poses.items():  # one of them is wrong
        check_pose(f'pose of link {name!r}', T)


def _rigid(poses: np.ndarray) -> bool:
    """Whether all of some transforms (n, 4, 4) are finite and rigid."""
    R = poses[:, :3, :3]
    return bool(
        np.isfinite(poses).all()
        and np.abs(R @ R.transpose(0, 2, 1) - np.eye(3)).max() <= 1e-3
    )


def sample(frame: RgbdFrame, min_depth: float, max_depth: float) -> Pixels:
    """Sample a checked frame on the grid and project the samples into the base frame.

    Args:
        frame: checked by `check_frame`.
        min_depth: smaller depths count as no return [m].
        max_depth: larger depths count as no return [m].

    Raises:
        PerceptionError: if not one pixel has a depth in that range.
    """
    step = frame.rgb.shape[0] // GRID[0]
    rgb = frame.rgb[::step, ::step]
    depth = frame.depth_mm[::step, ::step]
    if depth.dtype == np.uint16:
        z = depth.astype(np.float32) * np.float32(1e-3)
    else:
        z = np.nan_to_num(depth.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    valid = (z >= min_depth) & (z <= max_depth)
    if not valid.any():
        raise PerceptionError(
            f'depth image: not one of {valid.size} samples lies in {min_depth}..{max_depth} m; '
            'is the camera covered or its depth stream off?'
        )
    z[~valid] = 0.0
    return Pixels(rgb, _project(z, step, frame.K, frame.T_base_camera), valid)


def _project(z: np.ndarray, step: int, K: np.ndarray, T_base_camera: np.ndarray) -> np.ndarray:
    """Points of the sampled pixels in the base frame [m]. Shape (*GRID, 3), float32."""
    rows, columns = (np.arange(n, dtype=np.float32) * step for n in GRID)
    x = (columns - np.float32(K[0, 2])) / np.float32(K[0, 0])
    y = (rows - np.float32(K[1, 2])) / np.float32(K[1, 1])
    points = np.empty((*GRID, 3), dtype=np.float32)
    _fill_points(x, y, z, np.array(T_base_camera, dtype=np.float32), points)
    return points


@njit(cache=True)
def _fill_points(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, T: np.ndarray, points: np.ndarray
) -> None:
    for row in range(len(y)):
        for column in range(len(x)):
            for axis in range(3):
                ray = T[axis, 0] * x[column] + T[axis, 1] * y[row] + T[axis, 2]
                points[row, column, axis] = ray * z[row, column] + T[axis, 3]


def _check_size(color: tuple[int, ...], depth: tuple[int, ...]) -> None:
    if color != depth:
        raise InvalidInputError(
            f'depth image: size {depth[1]}x{depth[0]} differs from the colour image, '
            f'{color[1]}x{color[0]}; depth has to be aligned to colour'
        )
    multiple, rest = divmod(color[0], GRID[0])
    if rest or color[1] != multiple * GRID[1] or not 1 <= multiple <= _MAX_MULTIPLE:
        sizes = ', '.join(f'{k * GRID[1]}x{k * GRID[0]}' for k in (1, 2, 4, 8))
        raise InvalidInputError(
            f'images: size {color[1]}x{color[0]} is not a multiple of {GRID[1]}x{GRID[0]} '
            f'such as {sizes}'
        )


def _array(name: str, value: object) -> np.ndarray:
    if not isinstance(value, np.ndarray):
        raise InvalidInputError(f'{name}: expected an array, received {type(value).__name__}')
    return value
