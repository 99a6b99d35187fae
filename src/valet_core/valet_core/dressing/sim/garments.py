"""Garments, built procedurally: a sleeve with what hangs from its opening.

Modelled: the sleeve to put on, from cuff to arm-hole, as an elastic sheet with bending, and a
panel of the garment's body that hangs from the lower part of the arm-hole with its weight.
Not modelled: the rest of the body and the other sleeve, seams, buttons, folds of cloth on cloth
(the sheet does not collide with itself), and damage.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError

__all__ = ['GARMENT_KINDS', 'GarmentConfig', 'GarmentMesh', 'build_mesh', 'garment', 'vary']

COLUMNS = 11
RING_SPACING = 0.043  # [m]; finer rings cost time, coarser ones act stiffer
PANEL_COLUMNS = (4, 5, 6, 7)  # of the arm-hole, opposite to the grip
MAX_PANEL_ROWS = 4

# Fields that are not named keep the dataclass's defaults.
_PRESETS: dict[str, dict[str, float]] = {
    'hospital_gown': dict(
        length_m=0.36,
        opening_m=0.56,
        cuff_m=0.40,
        thickness_m=0.0012,
        density_kg_m2=0.15,
        hang_m=0.30,
        hang_kg=0.12,
    ),
    't_shirt': dict(
        length_m=0.24,
        opening_m=0.48,
        cuff_m=0.36,
        thickness_m=0.0011,
        density_kg_m2=0.16,
        hang_m=0.20,
        hang_kg=0.06,
    ),
    'long_sleeved_shirt': dict(
        length_m=0.56,
        opening_m=0.50,
        cuff_m=0.27,
        thickness_m=0.0011,
        density_kg_m2=0.16,
        hang_m=0.20,
        hang_kg=0.06,
    ),
    'cardigan': dict(
        length_m=0.55,
        opening_m=0.52,
        cuff_m=0.29,
        thickness_m=0.0016,
        density_kg_m2=0.22,
        hang_m=0.25,
        hang_kg=0.10,
    ),
    'jacket': dict(
        length_m=0.58,
        opening_m=0.56,
        cuff_m=0.31,
        thickness_m=0.0020,
        density_kg_m2=0.30,
        hang_m=0.25,
        hang_kg=0.16,
    ),
}
GARMENT_KINDS = tuple(_PRESETS)


@dataclass(frozen=True)
class GarmentConfig:
    """A garment's sleeve and the part of its body that hangs from the arm-hole."""

    kind: str = setting('cardigan', 'what it is called', choices=GARMENT_KINDS)
    length_m: float = setting(0.55, 'sleeve, cuff to arm-hole', 'm', 0.15, 0.80)
    opening_m: float = setting(0.52, 'circumference of the arm-hole', 'm', 0.34, 0.90)
    cuff_m: float = setting(0.29, 'circumference of the cuff', 'm', 0.22, 0.90)
    thickness_m: float = setting(
        0.0015, 'of the cloth; bending grows with its cube', 'm', 3e-4, 4e-3
    )
    stiffness_pa: float = setting(3e5, "Young's modulus of the sheet", 'Pa', 3e4, 3e6)
    density_kg_m2: float = setting(0.2, 'mass by area', 'kg/m2', 0.05, 1.0)
    friction: float = setting(0.3, 'cloth on skin', '', 0.0, 1.0)
    hang_m: float = setting(
        0.25, 'length of the panel below the arm-hole; 0 for none', 'm', 0.0, 0.6
    )
    hang_kg: float = setting(0.10, 'mass of that panel', 'kg', 0.0, 1.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.cuff_m > self.opening_m:
            raise ConfigError(
                f'cuff_m: {self.cuff_m} is above the allowed ..{self.opening_m} m (opening_m)'
            )


class GarmentMesh(NamedTuple):
    """The sheet as triangles, in the pose in which it is held out before the hand."""

    vertices: np.ndarray
    """[m]. Shape (nv, 3)."""
    triangles: np.ndarray
    """Vertex indices. Shape (nt, 3)."""
    rim: np.ndarray
    """Indices of the arm-hole's loop, in order. Shape (COLUMNS,)."""
    grip: np.ndarray
    """Indices that the gripper holds. Shape (3,)."""
    panel: np.ndarray
    """Indices of the hanging panel, without the rim. Shape (np,)."""


def garment(kind: str, **changes: Any) -> GarmentConfig:
    """The garment of a kind, with fields changed.

    Raises:
        ConfigError: for an unknown kind, naming those there are.
    """
    if not isinstance(kind, str) or kind not in _PRESETS:
        raise ConfigError(f'kind: {kind!r} is not one of: {", ".join(GARMENT_KINDS)}')
    return GarmentConfig(kind=kind, **{**_PRESETS[kind], **changes})


def vary(base: GarmentConfig, rng: np.random.Generator) -> GarmentConfig:
    """Another piece of the same kind: sizes, cloth and friction vary as in a wardrobe."""
    near = lambda value, share: float(value * rng.uniform(1 - share, 1 + share))  # noqa: E731
    opening = near(base.opening_m, 0.08)
    return replace(
        base,
        length_m=near(base.length_m, 0.08),
        opening_m=opening,
        cuff_m=min(near(base.cuff_m, 0.08), opening),
        thickness_m=near(base.thickness_m, 0.2),
        density_kg_m2=near(base.density_kg_m2, 0.2),
        friction=float(rng.uniform(0.2, 0.4)),
        hang_kg=near(base.hang_kg, 0.2),
    )


def build_mesh(
    config: GarmentConfig, origin: np.ndarray, axis: np.ndarray, up: np.ndarray
) -> GarmentMesh:
    """Lay the sleeve out as a tapered tube, and the panel below its arm-hole.

    Args:
        config: the garment.
        origin: centre of the arm-hole, world frame [m]. Shape (3,).
        axis: unit vector from arm-hole to cuff. Shape (3,).
        up: direction of the grip from the arm-hole's centre. Shape (3,).
    """
    axis = axis / np.linalg.norm(axis)
    u = up - axis * (axis @ up)
    u = u / np.linalg.norm(u)
    v = np.cross(axis, u)
    rings = max(5, round(config.length_m / RING_SPACING) + 1)
    tube = _tube(config, rings, origin, axis, u, v)
    triangles = _tube_triangles(rings)
    panel, panel_triangles = _panel(config, tube, len(tube))
    return GarmentMesh(
        vertices=np.concatenate([tube, panel]),
        triangles=np.array(triangles + panel_triangles),
        rim=np.arange(COLUMNS),
        grip=np.array([0, 1, COLUMNS - 1]),
        panel=np.arange(len(tube), len(tube) + len(panel)),
    )


def _tube(
    config: GarmentConfig,
    rings: int,
    origin: np.ndarray,
    axis: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
) -> np.ndarray:
    share = np.arange(rings)[:, None] / (rings - 1)  # (rings, 1)
    radius = ((1 - share) * config.opening_m + share * config.cuff_m) / (2 * np.pi)
    # Every other ring is turned by half a column, so that the triangles are near equilateral.
    turn = 0.5 * (np.arange(rings) % 2)[:, None]
    angle = 2 * np.pi * (np.arange(COLUMNS)[None] + turn) / COLUMNS  # (rings, columns)
    lift = config.opening_m / (2 * np.pi) - radius  # the top line stays straight
    points = (
        origin
        + (config.length_m * share)[..., None] * axis
        + (radius * np.cos(angle) + lift)[..., None] * u
        + (radius * np.sin(angle))[..., None] * v
    )
    return points.reshape(-1, 3)


def _tube_triangles(rings: int) -> list[tuple[int, int, int]]:
    triangles = []
    for i in range(rings - 1):
        for j in range(COLUMNS):
            a, b = i * COLUMNS + j, i * COLUMNS + (j + 1) % COLUMNS
            c, d = a + COLUMNS, b + COLUMNS
            triangles += [(a, b, c), (b, d, c)] if i % 2 == 0 else [(a, d, c), (a, b, d)]
    return triangles


def _panel(
    config: GarmentConfig, tube: np.ndarray, first: int
) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """The panel hangs from the rim's lowest columns, straight down."""
    rows = min(MAX_PANEL_ROWS, round(config.hang_m / 0.06))
    if rows == 0:
        return np.zeros((0, 3)), []
    top = np.array(PANEL_COLUMNS)
    drop = config.hang_m / rows * np.array([0.0, 0.0, -1.0])
    points = np.concatenate([tube[top] + drop * (r + 1) for r in range(rows)])
    index = np.concatenate([top[None], first + np.arange(rows * len(top)).reshape(rows, -1)])
    triangles = []
    for r in range(rows):
        for j in range(len(top) - 1):
            a, b, c, d = index[r, j], index[r, j + 1], index[r + 1, j], index[r + 1, j + 1]
            triangles += [(a, c, b), (b, c, d)]
    return points, triangles
