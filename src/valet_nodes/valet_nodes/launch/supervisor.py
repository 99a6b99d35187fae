"""Runs the processes of a plan until they end or have to, and leaves none behind."""

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from valet_nodes.launch.output import OutputPipe, OutputSink
from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.process import Child, become_subreaper, end_children, ended_child

__all__ = ['Supervisor']

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ANSWERS = (-signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)
_NOT_STARTED = 127  # exit code of a program that could not be started, as in a shell


class Supervisor:
    """One launch: starts processes, shows their output, ends them together.

    Single-threaded: signals and pipes are waited for in one place. SIGINT, SIGTERM and SIGHUP
    begin the end: SIGINT to every process, SIGTERM and SIGKILL after the timeouts of each. Another
    signal takes the next step at once.
    """

    def __init__(
        self, plan: Sequence[ProcessPlan], environment: Mapping[str, str], sink: OutputSink
    ) -> None:
        """Take what to run; nothing is started yet.

        Args:
            plan: The processes.
            environment: Environment variables of the processes before the plan's changes.
            sink: Where output goes.
        """
        self._plan = plan
        self._environment = environment
        self._sink = sink
        self._clock = time.monotonic
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, Child] = {}
        self._waiting: list[tuple[float, ProcessPlan]] = []  # when to start again
        self._stopping = False
        self._status: int | None = None  # exit status of the required process that has ended
        self._early_failure = 0  # of the first process that failed while all should run
        self._late_failure = 0  # of the first that did not end as it should when told to
        self._folder = Path()

    def run(self) -> int:
        """Run everything to its end.

        Returns:
            The exit status: that of a required process that ended; after a signal 0 when every
            process ended as it was told to; else that of the first process that failed.
        """
        with contextlib.ExitStack() as stack:
            folder = tempfile.TemporaryDirectory(prefix='valet_launch_')
            self._folder = Path(stack.enter_context(folder))
            stack.callback(self._sink.close)
            stack.callback(self._selector.close)
            signals = stack.enter_context(_signal_pipe())
            self._selector.register(signals, selectors.EVENT_READ)
            become_subreaper()
            stack.callback(self._end_strays)
            for plan in self._plan:
                if not self._stopping:
                    self._start(plan)
                    self._step(0.0)
            while self._children or self._waiting:
                self._step(self._time_left())
        if self._status is not None:
            return self._status
        return self._late_failure if self._stopping else self._early_failure

    def _start(self, plan: ProcessPlan) -> None:
        """Start one process and watch its output."""
        try:
            child = Child(plan, self._environment, self._folder)
        except (OSError, subprocess.SubprocessError) as error:
            self._sink.message('ERROR', f'{plan.name}: cannot start: {error} ({plan.where})')
            self._ended(plan, _NOT_STARTED)
            return
        self._children[child.pid] = child
        for pipe in child.pipes:
            self._selector.register(pipe, selectors.EVENT_READ, plan)
        self._sink.message('INFO', f'{plan.name}: started with pid {child.pid}')

    def _time_left(self) -> float | None:
        """Return the time to the next thing that is due [s], None for none."""
        times = [child.deadline for child in self._children.values()]
        due = min([*times, *(when for when, _ in self._waiting)])
        return None if due == float('inf') else max(0.0, due - self._clock())

    def _step(self, timeout: float | None) -> None:
        """Wait for the next thing to happen and handle it."""
        numbers: set[int] = set()
        for key, _ in self._selector.select(timeout):
            if isinstance(key.fileobj, OutputPipe):
                self._read(key.data, key.fileobj)
            else:
                numbers.update(os.read(key.fd, 4096))
        if signal.SIGCHLD in numbers:
            self._reap()
        if numbers & set(_STOPPING):
            self._stop('a signal')
        elif self._sink.broken and not self._stopping:
            self._stop('the output was closed')
        self._act_on_time()

    def _act_on_time(self) -> None:
        """Take the next step with what outlives a signal, and start again what is due."""
        now = self._clock()
        for child in self._children.values():
            if child.deadline <= now and child.stage is not None:
                self._sink.message('ERROR', f'{child.plan.name}: outlives {child.stage.name}')
                child.escalate(now)
        due = [plan for when, plan in self._waiting if when <= now]
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        for plan in due:
            self._start(plan)

    def _read(self, plan: ProcessPlan, pipe: OutputPipe, is_last: bool = False) -> None:
        """Show or log what a process has printed."""
        descriptor = pipe.fileno()
        for line in pipe.read(is_last):
            self._sink.line(plan.name, plan.output, line, pipe.is_error)
        if not pipe.is_open:
            self._selector.unregister(descriptor)

    def _reap(self) -> None:
        """Notice the children that have ended, and take adopted processes off the table."""
        while (pid := ended_child()) is not None:
            child = self._children.pop(pid, None)
            if child is None:
                os.waitpid(pid, 0)
                continue
            for pipe in child.pipes:
                if pipe.is_open:
                    # Not to the end of the stream: a grandchild may still hold the other end.
                    self._read(child.plan, pipe, is_last=True)
            self._ended(child.plan, child.finish(), child.stage)

    def _end_strays(self) -> None:
        """End what the children have left behind, and themselves when the loop has failed."""
        try:
            left = end_children(self._clock)
        except FileNotFoundError as error:  # a kernel without CONFIG_PROC_CHILDREN
            self._sink.message('ERROR', f'cannot look for processes left behind: {error}')
        else:
            if left:
                self._sink.message('ERROR', f'processes {sorted(left)} cannot be ended')

    def _ended(self, plan: ProcessPlan, code: int, stage: signal.Signals | None = None) -> None:
        """Decide what the end of a process means for the launch."""
        clean = code == 0 or (stage is not None and code in _ANSWERS)
        status = code if code >= 0 else 128 - code  # as in a shell
        level, ending = 'INFO' if clean else 'ERROR', _describe_exit(code)
        self._sink.message(level, f'{plan.name}: ended with {ending}')
        if self._stopping:
            self._late_failure = self._late_failure or (0 if clean else status)
        elif plan.required:
            self._status = status
            self._stop(f'{plan.name}, which is required, has ended')
        elif plan.respawn:
            self._waiting.append((self._clock() + plan.respawn_delay, plan))
        else:
            self._early_failure = self._early_failure or status

    def _stop(self, reason: str) -> None:
        """Begin the end, or take its next step at once."""
        if not self._stopping:
            self._sink.message('INFO', f'shutting down: {reason}')
        self._stopping = True
        self._waiting.clear()
        for child in self._children.values():
            child.escalate(self._clock())


def _describe_exit(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f'exit code {code}'
    try:
        return f'signal {signal.Signals(-code).name}'
    except ValueError:  # a real-time signal
        return f'signal {-code}'


@contextlib.contextmanager
def _signal_pipe() -> Iterator[int]:
    """Give a descriptor from which the numbers of signals can be read as they come."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handlers = {n: signal.signal(n, lambda *_: None) for n in (*_STOPPING, signal.SIGCHLD)}
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(writer)
        os.close(reader)
