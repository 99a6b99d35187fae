"""Child processes: started so that they end with the runner, signalled with all they started."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from valet_nodes.launch.output import OutputPipe, OutputSink
from valet_nodes.launch.plan import ProcessPlan

__all__ = ['Child', 'become_subreaper', 'end_children', 'ended_child']

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 1.0  # from SIGTERM to SIGKILL for processes that were left behind [s]
_PATIENCE = 5.0  # until those that cannot be killed are given up [s]
_POLL = 0.02  # between looks at them [s]
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """A process of the plan in a session and group of its own, watched by the running loop."""

    def __init__(
        self, plan: ProcessPlan, environment: Mapping[str, str], folder: Path, sink: OutputSink
    ) -> None:
        """Start the process.

        Args:
            plan: What to run.
            environment: Environment of the runner, to which the plan's changes are made.
            folder: Where parameter files of this launch go.
            sink: Where its output goes.

        Raises:
            OSError: When the program cannot be started.
        """
        self._popen = subprocess.Popen(
            plan.arguments(folder),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={'PYTHONUNBUFFERED': '1', **environment, **plan.environment},
            preexec_fn=partial(_die_with, os.getpid()),
        )  # noqa: PLW1509 - the runner has no threads
        self._pipes = [
            OutputPipe(file, partial(sink.line, plan.name, plan.output, is_error))
            for file, is_error in ((self._popen.stdout, False), (self._popen.stderr, True))
        ]
        self._name = plan.name
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._steps = zip((signal.SIGINT, signal.SIGTERM), plan.timeouts, strict=True)
        self.pid = self._popen.pid
        self.last_signal: signal.Signals | None = None
        """Last signal sent to end it, None while it may run."""
        self.exit_code: asyncio.Future[int] = self._loop.create_future()
        """What it ends with, negative for a signal."""

    def escalate(self) -> None:
        """Send the next stronger signal: SIGINT to the process, SIGTERM or SIGKILL to its group.

        As under ROS 2's launch, what the process has started is first its own to end.
        """
        number, patience = next(self._steps, (signal.SIGKILL, None))
        self._send(number)
        self.last_signal = number
        if patience is not None:
            self._loop.call_later(patience, self._outlive, number)

    def finish(self) -> None:
        """Take an ended process off the table, asking what it has started to end too."""
        for pipe in self._pipes:
            # Not to the end of the stream: a grandchild may still hold the other end.
            pipe.read(is_last=True)
        self._send(signal.SIGTERM)
        self.exit_code.set_result(self._popen.wait())

    def _send(self, number: signal.Signals) -> None:
        """Send a signal; the group lasts until its first process is off the table."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            (os.kill if number is signal.SIGINT else os.killpg)(self.pid, number)

    def _outlive(self, number: signal.Signals) -> None:
        """Take the next step where a signal was not enough and nothing else has taken it."""
        if number is self.last_signal and not self.exit_code.done():
            self._sink.message('ERROR', f'{self._name}: outlives {number.name}')
            self.escalate()


def _die_with(parent: int) -> None:
    """Ask, as a new child, for SIGKILL, which it cannot ignore, when the runner ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the runner died between fork and here
        os._exit(1)


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


def end_children() -> set[int]:
    """End everything below this process, a subreaper: SIGTERM, and SIGKILL for what stays.

    The children of whatever ends become children of this process, so that in the end none is
    left, however deep.

    Returns:
        Those that did not end: of another user, or hanging in the kernel.

    Raises:
        FileNotFoundError: When the kernel does not list the children of a process.
    """
    begin, asked = time.monotonic(), set[int]()
    while (pids := _children()) and time.monotonic() < begin + _PATIENCE:
        is_late = time.monotonic() > begin + _GRACE
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
