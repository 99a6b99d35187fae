"""What is perceived of a person, as the separation rule takes it."""

import numpy as np

from valet_core.geometry.limb import Limb
from valet_core.perception.labels import Label
from valet_core.perception.robot_shape import Capsules
from valet_core.safety.arm.separation_config import SeparationConfig

__all__ = ['SeenPerson']


class SeenPerson:
    """The arm as capsules, and points of a body, in the base frame.

    Attributes:
        arm: upper arm, forearm and hand; None where no arm is seen.
        points: shape (n, 3) [m].
    """

    def __init__(self, config: SeparationConfig) -> None:
        """Start with nobody seen.

        Args:
            config: how thick an arm is, and how many points count.
        """
        self._radii = np.array(config.arm_radii)
        self._most = config.cloud_points
        self.forget()

    def forget(self) -> None:
        """Nobody is seen."""
        self.arm: Capsules | None = None
        self.points: np.ndarray = np.zeros((0, 3))

    def see_arm(self, limb: Limb | None) -> None:
        """Take the perceived arm; None where there is none."""
        self.arm = None
        if limb is not None:
            self.arm = Capsules(limb.joints[:-1], limb.joints[1:], self._radii)

    def see_points(self, points: np.ndarray, labels: np.ndarray, arm_known: bool) -> None:
        """Take a labelled cloud.

        Args:
            points: shape (n, 3) [m].
            labels: shape (n,), values of `Label`.
            arm_known: whether the arm is trusted; else the points on it count as well.
        """
        counts = labels == Label.BODY
        if not arm_known:
            counts = counts | (labels == Label.ARM)
        found = np.asarray(points[counts], dtype=float)
        found = found[np.isfinite(found).all(axis=1)]
        if len(found) > self._most:
            found = found[np.linspace(0, len(found) - 1, self._most).astype(int)]
        self.points = found
