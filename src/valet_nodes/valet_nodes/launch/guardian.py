"""A small process that outlives the runner for a moment and ends what the runner cannot.

The runner's children die with it (PR_SET_PDEATHSIG), but not what they started themselves, nor a
child that ignores SIGTERM. The guardian learns the process groups over a pipe; when the pipe
closes because the runner was killed, it ends them.
"""

import contextlib
import os
import signal
import time

from valet_nodes.launch.proc import group_members

__all__ = ['Guardian']

_GRACE = 3.0  # s between SIGTERM and SIGKILL after the death of the runner
_POLL = 0.05  # s between looks at whether the groups have ended; nothing signals that


class Guardian:
    """The runner's end of the pipe to its guardian."""

    def __init__(self) -> None:
        """Fork the guardian. Call this before any thread or child is started."""
        reader, self._writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                os.close(self._writer)
                _guard(reader)
                status = 0
            finally:
                os._exit(status)
        os.close(reader)

    @property
    def pid(self) -> int:
        """Process id of the guardian."""
        return self._pid

    def add(self, group: int) -> None:
        """Tell of a process group that was started."""
        self._tell(f'+{group}\n')

    def drop(self, group: int) -> None:
        """Tell of a process group that has ended."""
        self._tell(f'-{group}\n')

    def close(self) -> None:
        """Let the guardian go: everything has ended."""
        self._tell('.\n')
        os.close(self._writer)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _tell(self, line: str) -> None:
        """Write one line; a guardian that was killed is no reason to stop."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._writer, line.encode())


def _guard(reader: int) -> None:
    """Read group numbers until the pipe closes, then end the groups that are left."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(reader) as lines:
        for line in lines:
            if line.startswith('.'):
                return
            (groups.add if line[0] == '+' else groups.discard)(int(line[1:]))
    _signal_groups(groups, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while any(group_members(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(_POLL)
    _signal_groups(groups, signal.SIGKILL)


def _signal_groups(groups: set[int], number: int) -> None:
    """Send a signal to each group that still exists."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
