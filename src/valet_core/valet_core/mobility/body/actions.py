"""Actions of learned controllers, about -1..1, and the velocity commands they stand for."""

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment

__all__ = ['ActionMap']


class ActionMap:
    """Scales actions by the limits of a body.

    The third entry is a share of the top yaw rate, or of the steering angle where wheels are
    steered: a yaw rate means nothing to a standing base that steers.
    """

    def __init__(self, embodiment: Embodiment) -> None:
        """Take the limits of a body."""
        limits, steering = embodiment.limits, embodiment.steering
        self.high = np.array([limits.forward, limits.lateral, limits.yaw_rate])
        self.low = np.array([-limits.backward, -limits.lateral, -limits.yaw_rate])
        self._wheelbase, self._angle = steering.wheelbase, steering.max_angle

    def commands(self, actions: np.ndarray) -> np.ndarray:
        """Velocities (..., 3) of actions (..., 3), within the limits."""
        actions = np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0)
        commands = np.clip(actions * self.high, self.low, self.high)
        if self._wheelbase > 0.0:
            turn = np.tan(actions[..., 2] * self._angle) / self._wheelbase
            commands[..., 2] = commands[..., 0] * turn
        return commands

    def actions(self, commands: np.ndarray) -> np.ndarray:
        """Actions (..., 3) that stand for velocities (..., 3)."""
        commands = np.asarray(commands, dtype=np.float64)
        actions = commands / np.maximum(self.high, 1e-3)
        if self._wheelbase > 0.0:
            speed = commands[..., 0]
            slow = np.abs(speed) < 0.02
            turn = np.where(slow, 0.0, commands[..., 2] / np.where(slow, 1.0, speed))
            actions[..., 2] = np.arctan(self._wheelbase * turn) / self._angle
        return np.clip(actions, -1.0, 1.0)
