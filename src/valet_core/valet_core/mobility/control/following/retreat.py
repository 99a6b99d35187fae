"""Getting unstuck: back along the way that the base came by, which is known to be free."""

import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import blocked

__all__ = ['Retreat', 'Trail', 'longest_retreat']

SPACING = 0.05  # m between the points of a trail
LENGTH = 5.0  # m of a trail that are kept
SPEED = 0.3  # m/s backward
LOOKAHEAD = 0.4  # m along the trail
TURN_SPEED = 0.5  # rad/s on the spot
TURN = 1.0  # rad
MARGIN = 0.02  # m around the body
SPARE = 3.0  # s that going back may take longer than at SPEED


def longest_retreat(distance: float) -> float:
    """Time [s] after which an attempt to go back by a distance [m] is over."""
    return distance / SPEED + SPARE


class Trail:
    """Positions that the base has come by, in the odometry frame."""

    def __init__(self) -> None:
        """Start empty."""
        self.points: list[np.ndarray] = []

    def add(self, position: np.ndarray) -> None:
        """Take where the base is now, (2,) [m]."""
        if not self.points or math.hypot(*(position - self.points[-1])) >= SPACING:
            self.points.append(np.array(position, dtype=np.float64))
            del self.points[: -round(LENGTH / SPACING)]

    def back(self, distance: float) -> np.ndarray | None:
        """Point that far back along the trail, (2,); None where the trail is shorter."""
        index = len(self.points) - 1 - math.ceil(distance / SPACING)
        return self.points[index] if index >= 0 else None


class Retreat:
    """One attempt: backward along the trail; without a trail a turn on the spot."""

    def __init__(
        self, embodiment: Embodiment, trail: Trail, pose: np.ndarray, distance: float, time: float
    ) -> None:
        """Choose what to do.

        Args:
            embodiment: the base.
            trail: that it came by; shortened as the base goes back.
            pose: (3,) by odometry now.
            distance: to go back [m].
            time: now [s].
        """
        self._embodiment, self._trail = embodiment, trail
        self._start, self._distance, self._since = np.array(pose), distance, time
        able = embodiment.limits.backward > 0.0 and trail.back(LOOKAHEAD) is not None
        self.kind = 'back' if able else 'turn' if embodiment.turning_radius == 0.0 else 'wait'
        self._direction = 0.0

    def step(self, pose: np.ndarray, points: np.ndarray, time: float) -> np.ndarray | None:
        """Velocity (3,) to drive now; None when the attempt is over.

        Args:
            pose: (3,) by odometry.
            points: (N, 2) of the present scan in the base frame [m].
            time: now [s].
        """
        back = self.kind == 'back'
        limit = longest_retreat(self._distance) if back else TURN / TURN_SPEED + 1.0
        if time - self._since > limit:
            return None
        if self.kind == 'wait':
            return np.zeros(3)
        command = self._backward(pose) if self.kind == 'back' else self._turn(pose, points)
        if command is None or blocked(self._embodiment, points, command, 0.5, MARGIN):
            return None
        return command

    def _backward(self, pose: np.ndarray) -> np.ndarray | None:
        if math.hypot(*(pose[:2] - self._start[:2])) >= self._distance:
            return None
        target = self._trail.back(LOOKAHEAD)
        while target is not None and math.hypot(*(target - pose[:2])) < 0.75 * LOOKAHEAD:
            self._trail.points.pop()
            target = self._trail.back(LOOKAHEAD)
        if target is None:
            return None
        dx, dy = target - pose[:2]
        c, s = math.cos(pose[2]), math.sin(pose[2])
        x, y = c * dx + s * dy, c * dy - s * dx
        limits, squared = self._embodiment.limits, max(x * x + y * y, 0.01)
        speed = -min(SPEED, limits.backward)
        turn = speed * 2.0 * y / squared  # the circle through both points
        return np.array([speed, 0.0, float(np.clip(turn, -limits.yaw_rate, limits.yaw_rate))])

    def _turn(self, pose: np.ndarray, points: np.ndarray) -> np.ndarray | None:
        if self._direction == 0.0:
            left = points[:, 1] > 0.0
            far = np.linalg.norm(points, axis=1)
            freer = far[left].min(initial=9.0) >= far[~left].min(initial=9.0)
            self._direction = 1.0 if freer else -1.0
        if abs(math.remainder(pose[2] - self._start[2], 2.0 * math.pi)) >= TURN:
            return None
        rate = min(TURN_SPEED, self._embodiment.limits.yaw_rate)
        return np.array([0.0, 0.0, self._direction * rate])
