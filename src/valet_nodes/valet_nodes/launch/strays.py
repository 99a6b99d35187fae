"""Processes that the children have left behind: taken off the table, or ended."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection

from valet_nodes.launch.leftovers import Leftovers
from valet_nodes.launch.proc import descendants

__all__ = ['end_strays', 'reap_strays']

_GRACE = 1.0  # s between SIGTERM and SIGKILL
_POLL = 0.02  # s between looks at strays, whose end nobody is told of


def reap_strays(known: Collection[int]) -> None:
    """Take adopted processes that have ended off the process table.

    Args:
        known: Children that somebody else waits for.
    """
    me = os.getpid()
    for stat in descendants(me):
        if stat.state == 'Z' and stat.parent == me and stat.pid not in known:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(stat.pid, os.WNOHANG)


def end_strays(known: Collection[int], leftovers: Leftovers, clock: Callable[[], float]) -> None:
    """End everything below this process: SIGTERM, and SIGKILL for what stays.

    Args:
        known: Processes that are left alone.
        leftovers: Where the shared memory of the killed ones is noted.
        clock: Monotonic time [s].
    """
    deadline = clock() + _GRACE
    while strays := [s for s in descendants(os.getpid()) if s.pid not in known]:
        is_late = clock() > deadline
        if is_late:
            leftovers.note(stat.pid for stat in strays)
        for stat in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(stat.pid, signal.SIGKILL if is_late else signal.SIGTERM)
        time.sleep(_POLL)
        reap_strays(known)
