"""A view of a dressing world drawn by a process of its own, so that drawing delays nothing."""

import contextlib
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from valet_core.common.errors import ValetError
from valet_core.dressing.sim.dressing_view import DressingView, Pose, Staging
from valet_core.simulation.camera import CameraConfig, Frame

__all__ = ['ViewProcess']

STOP_TIMEOUT = 5.0  # for the process to end by itself [s]


class ViewProcess:
    """A `DressingView` of the same cell elsewhere; its methods wait for the image.

    Waiting holds no lock of the interpreter, so the physics of the calling process goes on.
    """

    def __init__(self, staging: Staging, config: CameraConfig | None = None) -> None:
        """Start the process and wait for its first images, which take long.

        Args:
            staging: of the world that is drawn; the poses come with each call.
            config: of the camera.

        Raises:
            ValetError: if nothing can be drawn here, with the reason.
        """
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        with theirs:
            # Neither a fork, which drawing contexts and threads do not survive, nor a spawn, which
            # imports all that the calling process has.
            self._process = subprocess.Popen(
                [sys.executable, '-m', __name__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        self._connection.send((staging, config))
        self._receive()

    def capture(self, pose: Pose) -> Frame:
        """An image of the depth camera, with its noise.

        Raises:
            ValetError: if the process has ended or failed.
        """
        return Frame(*self._call('capture', pose))

    def picture(self, pose: Pose, width: int = 640, height: int = 480) -> np.ndarray:
        """The whole scene with shadows. Shape (height, width, 3), uint8.

        Raises:
            ValetError: if the process has ended or failed.
        """
        return self._call('picture', pose, width, height)

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            self._connection.send((method, *arguments))
        except OSError as error:
            raise ValetError(f'the process that draws has ended: {error}') from error
        return self._receive()

    def _receive(self) -> Any:
        try:
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise ValetError('the process that draws has ended') from error
        if isinstance(answer, ValetError):
            raise answer
        return answer


def _serve(connection: Connection) -> None:
    """Draw what is asked for until the other end closes."""
    # A signal to the whole group is the other process's affair; it closes the connection.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        staging, config = connection.recv()
        try:
            view = DressingView(staging, config)
            view.capture(staging.pose)
            view.picture(staging.pose, 64, 48)
        except Exception as error:
            connection.send(ValetError(f'nothing can be drawn: {error!r}'))
            return
        connection.send(None)
        while True:
            method, *arguments = connection.recv()
            answer = getattr(view, method)(*arguments)
            connection.send(tuple(answer) if isinstance(answer, Frame) else answer)


if __name__ == '__main__':
    _serve(Connection(int(sys.argv[1])))
