"""The planar scanner of a physical base: MuJoCo's rays against the obstacles."""

import mujoco
import numpy as np

from valet_core.mobility.body.sensor import Sensor
from valet_core.mobility.sim.physical.arena import OBSTACLE_GROUP

__all__ = ['Laser']


class Laser:
    """Casts the rays of a sensor that is fixed to a body and tilts with it.

    It sees obstacles only: neither the robot nor the floor, whose returns a driver would filter.
    """

    def __init__(
        self, model: mujoco.MjModel, sensor: Sensor, body: int, mount_height: float
    ) -> None:
        """Take where it is mounted.

        Args:
            model: with the obstacles.
            sensor: its rays and its place on the base.
            body: index of the base's body.
            mount_height: of the sensor above the body's frame [m].
        """
        self._model, self._sensor, self._body = model, sensor, body
        self._mount = np.array([sensor.x, sensor.y, mount_height])
        angles = sensor.angles
        self._rays = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1)
        self._groups = np.zeros(mujoco.mjNGROUP, dtype=np.uint8)
        self._groups[OBSTACLE_GROUP] = 1
        self._hit = np.zeros(len(angles), dtype=np.int32)
        self._range = np.zeros(len(angles))

    def ranges(self, data: mujoco.MjData) -> np.ndarray:
        """Exact ranges now, (rays,) [m]; range_max where a ray meets nothing."""
        matrix = data.xmat[self._body].reshape(3, 3)
        point = data.xpos[self._body] + matrix @ self._mount
        limit = self._sensor.range_max
        mujoco.mj_multiRay(
            self._model, data, point, (self._rays @ matrix.T).ravel(), self._groups, True, -1,
            self._hit, self._range, None, len(self._hit), limit,
        )  # fmt: skip
        return np.where((self._hit < 0) | (self._range > limit), limit, self._range)
