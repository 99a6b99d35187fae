"""Capsules that cover the robot's links tightly, fitted to the meshes it is drawn with.

`python -m valet_core.simulation.capsule_fit > config/robot_ur5e.yaml` makes the shipped file anew.
"""

import numpy as np
from scipy.optimize import minimize

from valet_core.perception.robot_shape import Capsules, surface_distance
from valet_core.simulation.robot_model import BASE_FRAME, FLANGE_FRAME, TOOL_FRAME, TOOL_OFFSET
from valet_core.simulation.robot_visuals import VisualPart, visual_parts

__all__ = ['PROUD', 'SEGMENTS', 'fit', 'link_surfaces', 'main']

PROUD = 0.003
"""How far the surface may stand out of the capsules [m]; flat ends would bloat them otherwise."""

SEGMENTS: dict[str, list[tuple[float, ...]]] = {
    BASE_FRAME: [(0.0, 0.0, 0.02, 0.0, 0.0, 0.06)],
    'shoulder_link': [(0.0, 0.0, -0.02, 0.0, 0.0, 0.01), (0.0, 0.0, 0.0, 0.0, -0.03, 0.0)],
    'upper_arm_link': [
        (0.0, 0.0, 0.11, 0.0, 0.0, 0.16),
        (-0.05, 0.0, 0.138, -0.38, 0.0, 0.138),
        (-0.425, 0.0, 0.11, -0.425, 0.0, 0.16),
    ],
    'forearm_link': [
        (0.0, 0.0, -0.01, 0.0, 0.0, 0.03),
        (-0.05, 0.0, 0.01, -0.35, 0.0, 0.01),
        (-0.392, 0.0, 0.0, -0.392, 0.0, 0.03),
    ],
    'wrist_1_link': [(0.0, 0.0, -0.04, 0.0, 0.0, 0.0), (0.0, -0.02, 0.0, 0.0, 0.02, 0.0)],
    'wrist_2_link': [(0.0, 0.0, -0.02, 0.0, 0.0, 0.0), (0.0, -0.02, 0.0, 0.0, 0.02, 0.0)],
    'wrist_3_link': [(0.0, 0.0, -0.03, 0.0, 0.0, -0.02)],
    FLANGE_FRAME: [
        (0.0, 0.0, 0.03, 0.0, 0.0, 0.07),
        (-0.035, 0.0, 0.10, 0.035, 0.0, 0.10),
        (0.0, 0.0, 0.12, 0.0, 0.0, 0.155),
    ],
}
"""Where the search starts: ends of each capsule's axis in its link's frame [m]."""


def link_surfaces(count: int = 2000) -> dict[str, np.ndarray]:
    """Points on all that is drawn, by the frame they move with, fingers closed [m].

    Args:
        count: points on each part; even over its area, since long faces have vertices at
            their ends only.
    """
    points: dict[str, list[np.ndarray]] = {}
    for index, part in enumerate(visual_parts()):
        rng = np.random.default_rng(index)
        points.setdefault(part.frame, []).append(_on_surface(part, count, rng))
    return {frame: np.concatenate(parts) for frame, parts in points.items()}


def fit(points: np.ndarray, segments: list[tuple[float, ...]]) -> np.ndarray:
    """Capsules of least volume with hardly a point more than `PROUD` outside.

    Args:
        points: on the surface of one link, in its frame [m]. Shape (n, 3).
        segments: axes to start from.

    Returns:
        Rows of start, end and radius [m]. Shape (k, 7).
    """
    sample = points[np.random.default_rng(0).permutation(len(points))[:2500]]
    start = np.column_stack([np.array(segments), np.full(len(segments), 0.05)])

    def cost(flat: np.ndarray) -> float:
        rows = flat.reshape(-1, 7) / 10.0  # the search works in decimetres
        length = np.linalg.norm(rows[:, 3:6] - rows[:, :3], axis=1)
        volume = np.pi * rows[:, 6] ** 2 * (length + 4 / 3 * rows[:, 6])
        outside = np.maximum(surface_distance(Capsules.from_rows(rows), sample) - PROUD, 0.0)
        return float(volume.sum() * 1e3 + 1e6 * np.mean(outside**2) + 50 * outside.max())

    flat = 10.0 * start.ravel()
    room = np.tile([0.5] * 6 + [0.3], len(segments))
    bounds = np.stack([flat - room, flat + room], axis=1)
    found = flat
    for method in ('L-BFGS-B', 'Powell', 'L-BFGS-B', 'Powell'):
        found = minimize(cost, found, method=method, bounds=bounds).x
    return found.reshape(-1, 7) / 10.0


def main() -> None:
    """Fit all links, and print the configuration."""
    print('# UR5e with Robotiq 2F-85: frames, and capsules that cover each link.')
    print('# Made by `python -m valet_core.simulation.capsule_fit`. Lengths in m, in the link')
    print("# frames of the maker's URDF; `flange` is its `tool0`, and `tool0` here is the pinch")
    print(f'# point, {TOOL_OFFSET} m further along z. The gripper moves with `flange`.')
    print(f'base_frame: {BASE_FRAME}\ntool_frame: {TOOL_FRAME}')
    print('links:')
    for frame, points in link_surfaces().items():
        print(f'  {frame}:')
        for row in fit(points, SEGMENTS[frame]):
            start, end = (', '.join(f'{v:.4f}' for v in part) for part in (row[:3], row[3:6]))
            radius = np.ceil(row[6] * 1e4) / 1e4
            print(f'    - {{start: [{start}], end: [{end}], radius: {radius:.4f}}}')


def _on_surface(part: VisualPart, count: int, rng: np.random.Generator) -> np.ndarray:
    faces = part.vertices[part.faces]  # (m, 3, 3)
    sides = faces[:, 1:] - faces[:, :1]
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    chosen = rng.choice(len(faces), count, p=area / area.sum())
    share = rng.random((count, 2))
    share = np.where(share.sum(axis=1, keepdims=True) > 1, 1 - share, share)
    return faces[chosen, 0] + np.einsum('nk,nkp->np', share, sides[chosen])


if __name__ == '__main__':
    main()
