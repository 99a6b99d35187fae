"""Runs the processes of a plan until they end or have to, and leaves none behind."""

import contextlib
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from valet_nodes.launch.guardian import Guardian
from valet_nodes.launch.leftovers import Leftovers
from valet_nodes.launch.output import OutputSink
from valet_nodes.launch.plan import Plan, ProcessPlan
from valet_nodes.launch.proc import group_members
from valet_nodes.launch.process import Child, become_subreaper, describe_exit, exit_status
from valet_nodes.launch.signals import SignalWatch
from valet_nodes.launch.strays import end_strays, reap_strays

__all__ = ['Supervisor']

_NEXT = {None: signal.SIGINT, signal.SIGINT: signal.SIGTERM, signal.SIGTERM: signal.SIGKILL}
_ANSWERS = (-signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)
_NOT_STARTED = 127  # exit code of a program that could not be started, as in a shell


class Supervisor:
    """One launch: starts processes, shows their output, ends them together.

    Single-threaded: signals and pipes are waited for in one place. SIGINT, SIGTERM and SIGHUP
    begin the end: SIGINT to every process, SIGTERM and SIGKILL after the timeouts of each. Another
    signal takes the next step at once.
    """

    def __init__(
        self,
        plan: Plan,
        environment: Mapping[str, str],
        sink: OutputSink,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what to run; nothing is started yet.

        Args:
            plan: Processes and messages.
            environment: Environment variables of the processes before the plan's changes.
            sink: Where output goes.
            clock: Monotonic time [s].
        """
        self._plan = plan
        self._environment = environment
        self._sink = sink
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._waiting: list[tuple[float, ProcessPlan]] = []  # when to start again
        self._retries: dict[str, int] = {}
        self._stopping = False
        self._status: int | None = None  # exit status of the required process that has ended
        self._early_failure = 0  # of the first process that failed while all should run
        self._late_failure = 0  # of the first that did not end as it should when told to
        self._leftovers = Leftovers()
        self._guardian: Guardian | None = None
        self._folder = Path()

    def run(self) -> int:
        """Run everything to its end.

        Returns:
            The exit status: that of a required process that ended; after a signal 0 when every
            process ended as it was told to; else that of the first process that failed.
        """
        with contextlib.ExitStack() as stack:
            self._folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix='valet_launch_'))
            )
            become_subreaper()
            self._guardian = Guardian()
            stack.callback(self._guardian.close)
            stack.callback(self._selector.close)
            stack.callback(self._sink.close)
            watch = SignalWatch()
            stack.callback(watch.close)
            self._selector.register(watch, selectors.EVENT_READ, None)
            try:
                self._start_all(watch)
                while self._children or (self._waiting and not self._stopping):
                    self._step(watch)
            finally:
                self._kill_all()
                end_strays(self._known(), self._leftovers, self._clock)
                for path in self._leftovers.remove():
                    self._sink.message('INFO', f'removed {path}, left by a killed process')
        if self._status is not None:
            return self._status
        return self._late_failure if self._stopping else self._early_failure

    def _start_all(self, watch: SignalWatch) -> None:
        """Start every process in order, unless a signal comes in between."""
        for message in self._plan.messages:
            self._sink.message('INFO', message)
        for plan in self._plan.processes:
            if watch.is_asked or self._stopping:
                break
            self._start(plan)

    def _start(self, plan: ProcessPlan) -> None:
        """Start one process and watch its output."""
        try:
            child = Child(plan, self._environment, self._folder)
        except (OSError, subprocess.SubprocessError) as error:
            self._sink.message('ERROR', f'{plan.name}: cannot start: {error} ({plan.where})')
            self._ended(plan, _NOT_STARTED)
            return
        assert self._guardian is not None
        self._guardian.add(child.pid)
        self._children.append(child)
        for descriptor in child.pipes:
            self._selector.register(descriptor, selectors.EVENT_READ, child)
        self._sink.message('INFO', f'{plan.name}: started with pid {child.pid}')

    def _step(self, watch: SignalWatch) -> None:
        """Wait for the next thing to happen and handle it."""
        times = [child.deadline for child in self._children] + [t for t, _ in self._waiting]
        timeout = min(times, default=float('inf')) - self._clock()
        for key, _ in self._selector.select(max(0.0, timeout) if timeout < 1e9 else None):
            if key.data is None:
                watch.clear()
            else:
                self._read(key.data, key.fd)
        if watch.take_child():
            self._reap()
        if watch.take_request():
            self._stop('a signal')
        elif self._sink.broken and not self._stopping:
            self._stop('the output was closed')
        now = self._clock()
        for child in self._children:
            if child.deadline <= now and child.stage is not None:
                self._sink.message('ERROR', f'{child.plan.name}: outlives {child.stage.name}')
                self._escalate(child)
        if not self._stopping:
            due = [plan for when, plan in self._waiting if when <= now]
            self._waiting = [entry for entry in self._waiting if entry[0] > now]
            for plan in due:
                self._start(plan)

    def _read(self, child: Child, descriptor: int) -> None:
        """Pass on what a process has printed."""
        is_error = child.pipes[descriptor]
        lines = child.read(descriptor)
        if lines is None:
            self._selector.unregister(descriptor)
            lines = child.close_pipe(descriptor)
        self._show(child.plan, lines, is_error)

    def _show(self, plan: ProcessPlan, lines: list[str], is_error: bool) -> None:
        """Show or log lines of a process."""
        for line in lines:
            self._sink.line(plan.name, plan.output, line, is_error)

    def _reap(self) -> None:
        """Notice the children that have ended, and stray processes that were adopted."""
        for child in list(self._children):
            code = child.returncode
            if code is None:
                continue
            for descriptor, is_error in child.pipes.items():
                # Not to the end of the stream: a grandchild may still hold the other end.
                self._selector.unregister(descriptor)
                self._show(child.plan, child.drain(descriptor), is_error)
            child.signal(signal.SIGTERM)  # what it has started goes with it
            self._children.remove(child)
            self._ended(child.plan, code, child.stage)
            if self._guardian is not None and not group_members(child.pid):
                self._guardian.drop(child.pid)
        reap_strays(self._known())

    def _known(self) -> set[int]:
        """Return the processes that are not strays."""
        known = {child.pid for child in self._children}
        return known if self._guardian is None else known | {self._guardian.pid}

    def _ended(self, plan: ProcessPlan, code: int, stage: signal.Signals | None = None) -> None:
        """Decide what the end of a process means for the launch."""
        clean = code == 0 or (stage is not None and code in _ANSWERS)
        self._sink.message(
            'INFO' if clean else 'ERROR', f'{plan.name}: ended with {describe_exit(code)}'
        )
        if self._stopping:
            self._late_failure = self._late_failure or (0 if clean else exit_status(code))
        elif plan.required:
            self._status = exit_status(code)
            self._stop(f'{plan.name}, which is required, has ended')
        elif plan.respawn and self._may_retry(plan):
            self._waiting.append((self._clock() + plan.respawn_delay, plan))
        else:
            self._early_failure = self._early_failure or exit_status(code)

    def _may_retry(self, plan: ProcessPlan) -> bool:
        """Count one more start of a process; return whether it is allowed."""
        self._retries[plan.name] = self._retries.get(plan.name, 0) + 1
        return not 0 <= plan.respawn_max_retries < self._retries[plan.name]

    def _stop(self, reason: str) -> None:
        """Begin the end, or take its next step at once."""
        if not self._stopping:
            self._sink.message('INFO', f'shutting down: {reason}')
        self._stopping = True
        self._waiting.clear()
        for child in self._children:
            self._escalate(child)

    def _escalate(self, child: Child) -> None:
        """Send the next stronger signal to a child."""
        child.stage = _NEXT.get(child.stage, signal.SIGKILL)
        now = self._clock()
        child.deadline = {
            signal.SIGINT: now + child.plan.sigterm_timeout,
            signal.SIGTERM: now + child.plan.sigkill_timeout,
        }.get(child.stage, float('inf'))
        if child.stage is signal.SIGKILL:
            self._leftovers.note(stat.pid for stat in group_members(child.pid))
        child.signal(child.stage)

    def _kill_all(self) -> None:
        """End children at once; there are some only when the loop has failed."""
        for child in self._children:
            self._leftovers.note([child.pid])
            child.signal(signal.SIGKILL)
            child.wait()
