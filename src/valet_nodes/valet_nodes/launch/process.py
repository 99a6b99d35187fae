"""One child process: started in a session of its own, read, signalled with all it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from valet_nodes.launch.output import LineBuffer
from valet_nodes.launch.plan import ProcessPlan

__all__ = ['Child', 'become_subreaper', 'describe_exit', 'exit_status']

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CHUNK = 1 << 16
_libc = ctypes.CDLL(None, use_errno=True)


def become_subreaper() -> None:
    """Make grandchildren whose parent dies children of this process, so that it can end them."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def exit_status(returncode: int) -> int:
    """Return what a shell would: the exit code, or 128 and the number of the signal."""
    return returncode if returncode >= 0 else 128 - returncode


def describe_exit(returncode: int) -> str:
    """Return how a process ended, in words."""
    if returncode >= 0:
        return f'exit code {returncode}'
    try:
        return f'signal {signal.Signals(-returncode).name}'
    except ValueError:
        return f'signal {-returncode}'


def _die_with(parent: int) -> Callable[[], None]:
    """Return what a child does first: ask for SIGTERM when the runner dies."""

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # the runner died between fork and here
            os._exit(1)

    return prepare


class Child:
    """A running process of the plan."""

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
        merged: dict[str, str | None] = {
            'PYTHONUNBUFFERED': '1',
            **environment,
            **plan.environment,
        }
        self._popen = subprocess.Popen(
            plan.arguments(folder),
            cwd=plan.folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in merged.items() if value is not None},
            preexec_fn=_die_with(os.getpid()),
        )  # noqa: PLW1509 - the runner has no threads
        self.stage: signal.Signals | None = None
        """Last signal sent to end it, None while it may run."""
        self.deadline = float('inf')
        """When the next signal is due, by the runner's clock [s]."""
        self._buffers: dict[int, LineBuffer] = {}
        for pipe in (self._popen.stdout, self._popen.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._buffers[pipe.fileno()] = LineBuffer()

    @property
    def pid(self) -> int:
        """Process id, which is also that of its session and group."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal, None while it runs."""
        return self._popen.poll()

    @property
    def pipes(self) -> dict[int, bool]:
        """File descriptors to read from, and whether each one is standard error."""
        assert self._popen.stderr is not None
        error = self._popen.stderr.fileno() if not self._popen.stderr.closed else -1
        return {descriptor: descriptor == error for descriptor in self._buffers}

    def read(self, descriptor: int) -> list[str] | None:
        """Return whole lines that have come; None at the end of the stream."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return []
        return self._buffers[descriptor].feed(data) if data else None

    def drain(self, descriptor: int) -> list[str]:
        """Return all that has come, without waiting, and stop reading."""
        lines: list[str] = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(descriptor, _CHUNK):
                lines += self._buffers[descriptor].feed(data)
        return lines + self.close_pipe(descriptor)

    def close_pipe(self, descriptor: int) -> list[str]:
        """Stop reading from a pipe; return what stood there without a line end."""
        rest = self._buffers.pop(descriptor).flush()
        for pipe in (self._popen.stdout, self._popen.stderr):
            if pipe is not None and not pipe.closed and pipe.fileno() == descriptor:
                pipe.close()
        return rest

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and everything in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def wait(self) -> None:
        """Wait until the process has ended."""
        self._popen.wait()
