"""Signals as something to wait for beside pipes."""

import contextlib
import os
import signal
from types import FrameType

__all__ = ['SignalWatch']

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalWatch:
    """Notes signals that ask for the end, and the ends of children, while it is open."""

    def __init__(self) -> None:
        """Take over the handlers of this process."""
        self._reader, self._writer = os.pipe()
        for descriptor in (self._reader, self._writer):
            os.set_blocking(descriptor, False)
        self._asked = False
        self._child_ended = False
        self._handlers = {
            number: signal.signal(number, self._note) for number in (*_STOPPING, signal.SIGCHLD)
        }
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable with each signal."""
        return self._reader

    def clear(self) -> None:
        """Make the descriptor unreadable until the next signal."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass

    def take_request(self) -> bool:
        """Return whether a signal has asked for the end since the last call."""
        asked, self._asked = self._asked, False
        return asked

    def take_child(self) -> bool:
        """Return whether a child may have ended since the last call."""
        ended, self._child_ended = self._child_ended, False
        return ended

    @property
    def is_asked(self) -> bool:
        """Whether a signal has asked for the end and nobody has taken it yet."""
        return self._asked

    def close(self) -> None:
        """Give the handlers back."""
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._writer)
        os.close(self._reader)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            self._child_ended = True
        else:
            self._asked = True
