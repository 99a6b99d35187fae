"""The newest scan and the odometry at its time, as one observation."""

import math
from collections import deque

import numpy as np
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan

from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.mobility.body.drive_model import integrate
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.observation import MobilityObservation
from valet_nodes.mobility.mobile_messages import odom_from_message, scan_from_message
from valet_nodes.ros.conversions import seconds

__all__ = ['MobilityInputs']

KEPT = 25  # odometry messages


class MobilityInputs:
    """Keeps messages; an observation is refused when one of them is too old or cannot be right."""

    def __init__(
        self, embodiment: Embodiment, timeout: float, odom_frame: str, base_frame: str
    ) -> None:
        """Take what to expect.

        Args:
            embodiment: whose scanner.
            timeout: oldest input allowed [s].
            odom_frame: frame that odometry has to be in.
            base_frame: frame that it has to be of.
        """
        self._sensor, self._timeout = embodiment.sensor, timeout
        self._frames = (odom_frame, base_frame)
        self._scan: LaserScan | None = None
        self._odoms: deque[tuple[float, np.ndarray]] = deque(maxlen=KEPT)
        self._wrong_frames: tuple[str, str] | None = None

    def on_scan(self, message: LaserScan) -> None:
        """Keep a scan."""
        self._scan = message

    def on_odom(self, message: Odometry) -> None:
        """Keep an odometry message."""
        frames = (message.header.frame_id, message.child_frame_id)
        self._wrong_frames = None if frames == self._frames else frames
        stamp = seconds(message.header.stamp)
        if self._odoms and stamp < self._odoms[-1][0]:
            self._odoms.clear()  # the clock has been set back
        self._odoms.append((stamp, odom_from_message(message)))

    @property
    def scan_stamp(self) -> float:
        """Of the newest scan [s]; minus infinity before the first."""
        return seconds(self._scan.header.stamp) if self._scan is not None else -math.inf

    def observation(self, now: float) -> MobilityObservation:
        """What a controller may see now; its goal is left to the caller.

        Raises:
            StaleInputError: naming the topic that is absent or too old.
            InvalidInputError: for a scan of another scanner, or odometry between other frames.
        """
        if self._scan is None:
            raise StaleInputError('scan: nothing has been received')
        if not self._odoms:
            raise StaleInputError('odom: nothing has been received')
        for name, stamp in (('scan', self.scan_stamp), ('odom', self._odoms[-1][0])):
            if now - stamp > self._timeout:
                raise StaleInputError(
                    f'{name}: {now - stamp:.2f} s old, allowed {self._timeout:.2f} s'
                )
        if self._wrong_frames is not None:
            raise InvalidInputError(
                f'odom: received {self._wrong_frames[1]!r} in frame {self._wrong_frames[0]!r}; '
                f'allowed: {self._frames[1]!r} in {self._frames[0]!r}'
            )
        state = self._odom_at(self.scan_stamp)
        return MobilityObservation(
            time=self.scan_stamp,
            scan=scan_from_message(self._scan, self._sensor),
            odom=state[:3],
            velocity=state[3:],
            goal=np.full(3, math.nan),
        )

    def _odom_at(self, stamp: float) -> np.ndarray:
        """Odometry at the time of a scan, (6,): between two messages, or a little beyond."""
        before, after = self._odoms[0], self._odoms[-1]
        if stamp >= after[0]:
            pose, velocity = after[1][:3].copy(), after[1][3:]
            integrate(pose, *(float(v) for v in velocity), min(stamp - after[0], self._timeout))
            return np.concatenate([pose, velocity])
        if stamp <= before[0]:
            return before[1]
        for entry in self._odoms:
            if entry[0] >= stamp:
                after = entry
                break
            before = entry
        part = (stamp - before[0]) / max(after[0] - before[0], 1e-9)
        state = before[1] + part * (after[1] - before[1])
        state[2] = before[1][2] + part * math.remainder(after[1][2] - before[1][2], 2.0 * math.pi)
        return state
