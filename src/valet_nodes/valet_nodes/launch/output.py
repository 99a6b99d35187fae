"""Output of the processes, line by line, each with the name of its process in front."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO

__all__ = ['OUTPUTS', 'OutputPipe', 'OutputSink']

OUTPUTS = ('screen', 'log', 'both')  # what a process may have as its `output`
_CHUNK = 1 << 20  # bytes, more than a pipe holds
_LONGEST = 1 << 16  # bytes after which a line without an end is printed anyway


class OutputPipe:
    """One output of a process, read by the running loop and passed on as whole lines."""

    def __init__(self, file: IO[bytes], show: Callable[[str], None]) -> None:
        """Take the reading end of a pipe, and what to call with each line."""
        os.set_blocking(file.fileno(), False)
        self._file = file
        self._show = show
        self._rest = b''
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(file.fileno(), self.read)

    def read(self, is_last: bool = False) -> None:
        """Pass on the lines that have come; the end of the stream closes the pipe.

        Args:
            is_last: Whether to close it anyway, though others may still write to it.
        """
        if self._file.closed:
            return
        data = b''
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._file.fileno(), _CHUNK)
            is_last |= not data
        *lines, rest = (self._rest + data).split(b'\n')
        self._rest = b'' if is_last or len(rest) > _LONGEST else rest
        if rest and not self._rest:
            lines.append(rest)
        if is_last:
            self._loop.remove_reader(self._file.fileno())
            self._file.close()
        for line in lines:
            self._show(line.rstrip(b'\r').decode(errors='replace'))


class OutputSink:
    """Where lines go: the terminal, a log file, or both, as `output` of the process says.

    `screen` shows both streams, `log` writes both to the file and shows stderr only.
    """

    def __init__(self, folder: Path, on_broken: Callable[[], None]) -> None:
        """Take the folder for log files, made when a line is logged.

        Args:
            folder: Where the log files of this launch go.
            on_broken: Called once when the terminal or pipe that lines are shown on is gone.
        """
        self._folder = folder
        self._on_broken = on_broken
        self._is_broken = False
        self._files: dict[str, BinaryIO] = {}

    def message(self, level: str, text: str) -> None:
        """Show a line of the runner itself."""
        self._show(f'[{level}] [launch]: {text}\n', is_error=level != 'INFO')

    def line(self, name: str, output: str, is_error: bool, text: str) -> None:
        """Show or log one line of a process."""
        line = f'[{name}] {text}\n'
        if output != 'log' or is_error:
            self._show(line, is_error)
        if output != 'screen':
            if name not in self._files:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._files[name] = (self._folder / f'{name}.log').open('ab', buffering=0)
            self._files[name].write(line.encode(errors='replace'))

    def close(self) -> None:
        """Close the log files."""
        for file in self._files.values():
            file.close()

    def _show(self, line: str, is_error: bool) -> None:
        """Write to the terminal."""
        if self._is_broken:
            return
        stream = sys.stderr.buffer if is_error else sys.stdout.buffer
        try:
            stream.write(line.encode(errors='replace'))
            stream.flush()
        except OSError:
            self._is_broken = True
            # Python flushes at exit and would complain about the same pipe again.
            null = os.open(os.devnull, os.O_WRONLY)
            for file in (sys.stdout, sys.stderr):
                os.dup2(null, file.fileno())
            os.close(null)
            self._on_broken()
