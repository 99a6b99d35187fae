"""A route in the frame that it came in, and where that is in the odometry frame."""

import math

import numpy as np

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.mobility.map.route import check_route
from valet_nodes.ros.tf_buffer import TransformBuffer

__all__ = ['FramedRoute']


class FramedRoute:
    """Points and a final heading; a frame such as `map` may move against the odometry's."""

    def __init__(
        self, points: np.ndarray, yaw: float, frame: str, odom_frame: str, base_frame: str,
        buffer: TransformBuffer,
    ) -> None:
        """Check the points and that the frame is known.

        Args:
            points: (P, 2) [m].
            yaw: heading at the end [rad]; NaN: any.
            frame: that they are in.
            odom_frame: frame of the odometry.
            base_frame: a route in it is fixed to the floor where the base stands now.
            buffer: of transforms.

        Raises:
            InvalidInputError: for points that cannot be right, or a frame that is not connected.
        """
        self._points, self._yaw = check_route(points), yaw
        self._frame, self._odom_frame, self._buffer = frame.lstrip('/'), odom_frame, buffer
        if not self._frame:
            raise InvalidInputError("goal: received frame ''; allowed: a frame such as "
                                    f'{odom_frame!r}')  # fmt: skip
        try:
            points, yaw = self.in_odom()
        except StaleInputError as error:
            raise InvalidInputError(
                f'goal: received frame {frame!r}; allowed: {odom_frame!r} or one that tf connects '
                f'with it ({error})'
            ) from None
        if self._frame == base_frame:
            self._points, self._yaw, self._frame = points, yaw, odom_frame

    def in_odom(self) -> tuple[np.ndarray, float]:
        """Points (P, 2) [m] and heading [rad] in the odometry frame now.

        Raises:
            StaleInputError: where tf does not know.
        """
        if self._frame == self._odom_frame:
            return self._points, self._yaw
        matrix = self._buffer.lookup(self._odom_frame, self._frame).matrix
        points = self._points @ matrix[:2, :2].T + matrix[:2, 3]
        turn = math.atan2(matrix[1, 0], matrix[0, 0])
        return points, math.remainder(self._yaw + turn, 2.0 * math.pi)

    @property
    def moves(self) -> bool:
        """Whether the frame may move against the odometry's."""
        return self._frame != self._odom_frame
