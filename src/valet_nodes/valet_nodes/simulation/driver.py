"""The simulated robot's driver: twist commands in, a timeout of its own."""

import numpy as np

__all__ = ['TwistDriver']


class TwistDriver:
    """Holds the last command for as long as a robot's driver would.

    A driver does not trust its sender: a command that is malformed or in another frame is
    refused, and the robot stops when commands cease.
    """

    def __init__(self, frame: str, timeout: float) -> None:
        """Take the frame that commands have to be in and the longest gap between them [s]."""
        self._frame, self._timeout = frame, timeout
        self._twist = np.zeros(6)
        self._received = -np.inf

    def command(self, now: float, frame: str, twist: np.ndarray) -> str:
        """Take a command.

        Args:
            now: when it was sent [s].
            frame: that it is expressed in.
            twist: linear [m/s] then angular [rad/s]. Shape (6,).

        Returns:
            Why it is refused; empty if it is taken.
        """
        if frame != self._frame:
            self._twist = np.zeros(6)
            return f'command in frame {frame!r}, allowed: {self._frame!r}'
        if not np.isfinite(twist).all():
            self._twist = np.zeros(6)
            return f'command is not finite: {twist.tolist()}'
        self._twist, self._received = twist, now
        return ''

    def twist(self, now: float) -> np.ndarray:
        """The twist to make now: zero once the last command is too old. Shape (6,)."""
        if now - self._received > self._timeout:
            return np.zeros(6)
        return self._twist
