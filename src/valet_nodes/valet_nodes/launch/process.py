"""Child processes: started so that they end with the runner, signalled with all they started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from valet_nodes.launch.output import OutputPipe
from valet_nodes.launch.plan import ProcessPlan

__all__ = ['Child', 'become_subreaper', 'end_children', 'ended_child']

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_NEXT = {None: signal.SIGINT, signal.SIGINT: signal.SIGTERM}
_GRACE = 1.0  # from SIGTERM to SIGKILL for processes that were left behind [s]
_PATIENCE = 5.0  # until those that cannot be killed are given up [s]
_POLL = 0.02  # between looks at them [s]
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """A running process of the plan, in a session and group of its own."""

    def __init__(self, plan: ProcessPlan, environment: Mapping[str, str], folder: Path) -> None:
        """Start the process.

        Args:
            plan: What to run.
            environment: Environment of the runner, to which the plan's changes are made.
            folder: Where parameter files of this launch go.

        Raises:
            OSError: When the program cannot be started.
        """
        self.plan = plan
        self._popen = subprocess.Popen(
            plan.arguments(folder),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={'PYTHONUNBUFFERED': '1', **environment, **plan.environment},
            preexec_fn=_die_with(os.getpid()),
        )  # noqa: PLW1509 - the runner has no threads
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self.pid = self._popen.pid
        self.pipes = [OutputPipe(self._popen.stdout, False), OutputPipe(self._popen.stderr, True)]
        self.stage: signal.Signals | None = None
        """Last signal sent to end it, None while it may run."""
        self.deadline = float('inf')
        """When the next signal is due, by the runner's clock [s]."""

    def escalate(self, now: float) -> None:
        """Send the next stronger signal: SIGINT to the process, SIGTERM or SIGKILL to its group.

        As under ROS 2's launch, what the process has started is first its own to end.
        """
        self.stage = _NEXT.get(self.stage, signal.SIGKILL)
        timeouts = dict(zip((signal.SIGINT, signal.SIGTERM), self.plan.timeouts, strict=True))
        self.deadline = now + timeouts.get(self.stage, float('inf'))
        if self.stage is signal.SIGINT:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGINT)
        else:
            self._signal(self.stage)

    def finish(self) -> int:
        """Take an ended process off the table, asking what it has started to end too.

        Returns:
            The exit code, negative for a signal.
        """
        self._signal(signal.SIGTERM)
        return self._popen.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the group, which lasts until its first process is off the table."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def _die_with(parent: int) -> Callable[[], None]:
    """Return what a child does first: ask for SIGKILL, which it cannot ignore, with the runner."""

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the runner died between fork and here
            os._exit(1)

    return prepare


def become_subreaper() -> None:
    """Make this process the parent of all below it whose own parent ends."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def ended_child() -> int | None:
    """Return a child, own or adopted, that has ended and waits to be taken off the table."""
    try:
        info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if info is None else info.si_pid


def end_children(clock: Callable[[], float]) -> set[int]:
    """End everything below this process, a subreaper: SIGTERM, and SIGKILL for what stays.

    The children of whatever ends become children of this process, so that in the end none is
    left, however deep.

    Returns:
        Those that did not end: of another user, or hanging in the kernel.

    Raises:
        FileNotFoundError: When the kernel does not list the children of a process.
    """
    begin, asked = clock(), set[int]()
    while (pids := _children()) and clock() < begin + _PATIENCE:
        is_late = clock() > begin + _GRACE
        for pid in pids if is_late else pids - asked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL if is_late else signal.SIGTERM)
        asked |= pids
        time.sleep(_POLL)
        while (pid := ended_child()) is not None:
            os.waitpid(pid, 0)
    return pids


def _children() -> set[int]:
    """Return the children of this process, which has one thread."""
    pid = os.getpid()
    return set(map(int, Path(f'/proc/{pid}/task/{pid}/children').read_text().split()))
