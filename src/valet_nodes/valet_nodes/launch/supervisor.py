"""Runs the processes of a plan until they end or have to, and leaves none behind."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from valet_nodes.launch.output import OutputSink
from valet_nodes.launch.plan import ProcessPlan
from valet_nodes.launch.process import Child, become_subreaper, end_children, ended_child

__all__ = ['Supervisor']

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ANSWERS = (-signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)
_SIGNALS = {number.value: number.name for number in signal.Signals}
_NOT_STARTED = 127  # exit code of a program that could not be started, as in a shell


class Supervisor:
    """One launch: starts processes, shows their output, ends them together.

    Single-threaded. SIGINT, SIGTERM and SIGHUP begin the end: SIGINT to every process, SIGTERM
    and SIGKILL after the timeouts of each. Another signal takes the next step at once.
    """

    def __init__(
        self, plan: Sequence[ProcessPlan], environment: Mapping[str, str], log_folder: Path
    ) -> None:
        """Take what to run; nothing is started yet.

        Args:
            plan: The processes.
            environment: Environment variables of the processes before the plan's changes.
            log_folder: Where log files go.
        """
        self._plan = plan
        self._environment = environment
        self._sink = OutputSink(log_folder, self._hang_up)
        self._children: dict[int, Child] = {}
        self._stopping = asyncio.Event()
        self._status: int | None = None  # exit status of the required process that has ended
        self._early_failure = 0  # of the first process that failed while all should run
        self._late_failure = 0  # of the first that did not end as it should when told to

    def run(self) -> int:
        """Run everything to its end.

        Returns:
            The exit status: that of a required process that ended; after a signal 0 when every
            process ended as it was told to; else that of the first process that failed.
        """
        with contextlib.closing(self._sink), contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run_all())
        if self._status is not None:
            return self._status
        return self._late_failure if self._stopping.is_set() else self._early_failure

    async def _run_all(self) -> None:
        """Run all processes side by side, and end what they have left behind."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        loop.set_exception_handler(partial(self._fail, task))
        for number in _STOPPING:
            loop.add_signal_handler(number, self._stop, 'a signal')
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        become_subreaper()
        with tempfile.TemporaryDirectory(prefix='valet_launch_') as folder:
            try:
                async with asyncio.TaskGroup() as tasks:
                    for plan in self._plan:
                        tasks.create_task(self._run_one(plan, Path(folder)))
            finally:
                self._end_strays()

    async def _run_one(self, plan: ProcessPlan, folder: Path) -> None:
        """Run a process to its end, and again where it respawns, until the launch ends."""
        while not self._stopping.is_set():
            try:
                child = Child(plan, self._environment, folder, self._sink)
            except (OSError, subprocess.SubprocessError) as error:
                self._sink.message('ERROR', f'{plan.name}: cannot start: {error} ({plan.where})')
                self._judge(plan, _NOT_STARTED)
            else:
                self._children[child.pid] = child
                self._sink.message('INFO', f'{plan.name}: started with pid {child.pid}')
                self._judge(plan, await child.exit_code, child.last_signal)
            if not plan.respawn:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), plan.respawn_delay)

    def _judge(
        self, plan: ProcessPlan, code: int, last_signal: signal.Signals | None = None
    ) -> None:
        """Decide what the end of a process means for the launch."""
        clean = code == 0 or (last_signal is not None and code in _ANSWERS)
        status = code if code >= 0 else 128 - code  # as in a shell
        ending = f'exit code {code}' if code >= 0 else f'signal {_SIGNALS.get(-code, -code)}'
        self._sink.message('INFO' if clean else 'ERROR', f'{plan.name}: ended with {ending}')
        if self._stopping.is_set():
            self._late_failure = self._late_failure or (0 if clean else status)
        elif plan.required:
            self._status = status
            self._stop(f'{plan.name}, which is required, has ended')
        elif not plan.respawn:
            self._early_failure = self._early_failure or status

    def _stop(self, reason: str) -> None:
        """Begin the end, or take its next step at once."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._sink.message('INFO', f'shutting down: {reason}')
        for child in self._children.values():
            child.escalate()

    def _hang_up(self) -> None:
        """Begin the end, as nobody sees the output any more."""
        if not self._stopping.is_set():
            self._stop('the output was closed')

    def _fail(
        self, task: asyncio.Task[None], loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """End the launch at once, as something is wrong with the runner, such as a full disk."""
        loop.default_exception_handler(context)
        self._status = 1
        task.cancel()

    def _reap(self) -> None:
        """Notice the children that have ended, and take adopted processes off the table."""
        while (pid := ended_child()) is not None:
            if child := self._children.pop(pid, None):
                child.finish()
            else:
                os.waitpid(pid, 0)

    def _end_strays(self) -> None:
        """End what the children have left behind, and themselves when the loop has failed."""
        try:
            left = end_children()
        except FileNotFoundError as error:  # a kernel without CONFIG_PROC_CHILDREN
            self._sink.message('ERROR', f'cannot look for processes left behind: {error}')
        else:
            if left:
                self._sink.message('ERROR', f'processes {sorted(left)} cannot be ended')
