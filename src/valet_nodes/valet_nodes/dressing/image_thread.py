"""Images of a simulated world at a rate, drawn beside the physics."""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from valet_core.common.errors import ValetError
from valet_core.dressing.sim.dressing_view import Pose, Staging
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.view_process import ViewProcess
from valet_core.simulation.camera import CameraConfig

__all__ = ['ImageThread', 'Moment']

ROUNDING = 1e-6  # of simulated times [s]
IDLE = 0.2  # between looks at whether to end [s]


class Moment(NamedTuple):
    """What is to be seen at one moment."""

    time: float
    """Simulated [s]."""
    pose: Pose
    """A copy, since the physics goes on."""
    fault: str
    """One of `valet_nodes.dressing.sim_faults.FAULTS`."""


class ImageThread:
    """Takes moments from the physics' thread and has them drawn; the physics never waits.

    A moment that is due while the one before is still being drawn is left out, as an image is by
    a camera whose bus is busy.
    """

    def __init__(
        self,
        world: DressingWorld,
        rate: float,
        begun: float,
        draw: Callable[[ViewProcess, Moment], None],
    ) -> None:
        """Start the thread.

        Args:
            world: what is seen.
            rate: images a simulated second [Hz].
            begun: simulated time [s]; the first image is due a period after it.
            draw: called on the thread for each moment, with the thread's own view.
        """
        self._world, self._period, self._draw = world, 1.0 / rate, draw
        self._staging = Staging.of(world)  # the physics may go on before the thread begins
        self._due = begun + self._period
        self._moments: queue.Queue[Moment] = queue.Queue(maxsize=1)
        self._closing, self._warm = threading.Event(), threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name='images', daemon=True)
        self._thread.start()

    def wait_until_warm(self) -> None:
        """Wait for the first image, which takes long.

        Raises:
            ValetError: if nothing can be drawn here.
        """
        self._warm.wait()
        self._check()

    def offer(self, time: float, fault: str) -> bool:
        """Hand the present state over if an image is due.

        Args:
            time: simulated [s].
            fault: passed on.

        Returns:
            False if an image was due and is left out.

        Raises:
            ValetError: if the thread has died, with the reason.
        """
        self._check()
        if time < self._due - ROUNDING:
            return True
        # From one due time to the next, so that rounding does not slow the rate down.
        in_time = time < self._due + 0.5 * self._period
        self._due = (self._due if in_time else time) + self._period
        return self._put(Moment(time, Pose.of(self._world), fault))

    def show(self, time: float, fault: str) -> None:
        """Hand the present state over whenever the thread is free; images are due from here on.

        Args:
            time: simulated [s].
            fault: passed on.
        """
        self._check()
        self._due = time + self._period
        self._put(Moment(time, Pose.of(self._world), fault))

    def _put(self, moment: Moment) -> bool:
        try:
            self._moments.put_nowait(moment)
        except queue.Full:
            return False
        return True

    def is_behind(self, time: float) -> bool:
        """Whether an image that is due at a simulated time [s] would have to be left out."""
        return time >= self._due - ROUNDING and self._moments.full()

    def close(self) -> None:
        """End the thread and free the drawing context."""
        self._closing.set()
        self._thread.join(5.0)

    def _check(self) -> None:
        if self._failure is not None:
            raise ValetError(f'a camera has failed: {self._failure!r}')

    def _work(self) -> None:
        view = None
        try:
            view = ViewProcess(self._staging, CameraConfig(rate=1.0 / self._period))
            self._warm.set()
            while not self._closing.is_set():
                with contextlib.suppress(queue.Empty):
                    self._draw(view, self._moments.get(timeout=IDLE))
        except Exception as error:  # whatever it is, the node has to end with it
            self._failure = error
        finally:
            self._warm.set()
            if view is not None:
                view.close()
