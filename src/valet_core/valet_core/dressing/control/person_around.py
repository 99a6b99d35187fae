"""The person whom a path has to keep off, as far as the perceived arm tells."""

from typing import NamedTuple

import numpy as np

from valet_core.geometry.limb import Limb
from valet_core.perception.robot_shape import Capsules

__all__ = ['Person', 'person_around']


class Person(NamedTuple):
    """Capsules, in two groups from which links keep different distances."""

    arm: Capsules
    """Upper arm, forearm and hand."""
    body: Capsules
    """Trunk and head."""


def person_around(limb: Limb, inward: np.ndarray) -> Person:
    """The arm, and where trunk and head must be for it.

    Args:
        limb: the perceived arm, z up.
        inward: horizontal unit vector from the arm towards the person's midline. Shape (3,).
    """
    shoulder, elbow, wrist, fingertip = limb.joints
    upper, fore, hand = limb.radii
    hand_end = fingertip + hand * limb.direction_at(0.0)
    middle, up = shoulder + 0.19 * inward, np.array([0.0, 0.0, 1.0])
    arm = [[*shoulder, *elbow, upper], [*elbow, *wrist, fore], [*wrist, *hand_end, hand]]
    body = [
        [*(middle - 0.12 * up), *(middle - 0.5 * up), 0.12],
        [*(middle + 0.2 * up), *(middle + 0.25 * up), 0.1],
    ]
    return Person(Capsules.from_rows(np.array(arm)), Capsules.from_rows(np.array(body)))
