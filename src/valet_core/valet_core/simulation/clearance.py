"""How near the robot's links come to a person."""

from collections.abc import Sequence

import numpy as np

from valet_core.perception.robot_shape import Capsules, RobotShape
from valet_core.simulation.person import Capsule
from valet_core.simulation.robot import RobotArm

__all__ = ['robot_clearance', 'segment_distance']


def robot_clearance(
    robot: RobotArm, shape: RobotShape, person: Sequence[Capsule]
) -> tuple[float, str]:
    """Smallest gap between the robot and a person, negative where they overlap.

    Args:
        robot: the arm in its present pose.
        shape: capsules of its links.
        person: the person's capsules, world frame.

    Returns:
        The gap [m], and the name of the part of the person that is nearest.
    """
    own = shape.in_base(robot.link_transforms()).moved(robot.T_world_base)
    parts = Capsules(
        np.stack([c.start for c in person]),
        np.stack([c.end for c in person]),
        np.array([c.radius for c in person]),
    )
    axes = segment_distance(
        own.start[:, None], own.end[:, None], parts.start[None], parts.end[None]
    )
    gaps = axes - own.radius[:, None] - parts.radius[None]  # (links, parts)
    nearest = int(gaps.min(axis=0).argmin())
    return float(gaps.min()), person[nearest].name


def segment_distance(
    start_a: np.ndarray, end_a: np.ndarray, start_b: np.ndarray, end_b: np.ndarray
) -> np.ndarray:
    """Distance between line segments [m]. Arguments broadcast, with a last axis of 3."""
    a, b, offset = end_a - start_a, end_b - start_b, start_a - start_b
    aa, bb = _dot(a, a), _dot(b, b)
    ab, ao, bo = _dot(a, b), _dot(a, offset), _dot(b, offset)
    tiny = 1e-12
    denominator = aa * bb - ab * ab
    share_a = np.where(
        denominator > tiny, (ab * bo - ao * bb) / np.maximum(denominator, tiny), 0.0
    )
    share_a = np.clip(share_a, 0.0, 1.0)
    share_b = np.clip((ab * share_a + bo) / np.maximum(bb, tiny), 0.0, 1.0)
    # With the second point clipped to its segment, the first has to be found again.
    share_a = np.clip((ab * share_b - ao) / np.maximum(aa, tiny), 0.0, 1.0)
    rest = offset + share_a[..., None] * a - share_b[..., None] * b
    return np.sqrt(_dot(rest, rest))


def _dot(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.sum(u * v, axis=-1)
