"""Output of the processes, line by line, each with the name of its process in front."""

import contextlib
import os
import sys
from pathlib import Path
from typing import IO, BinaryIO

__all__ = ['OutputPipe', 'OutputSink']

_CHUNK = 1 << 20  # bytes, more than a pipe holds
_LONGEST = 1 << 16  # bytes after which a line without an end is printed anyway


class OutputPipe:
    """One output of a process, read without waiting and given back as whole lines."""

    def __init__(self, file: IO[bytes], is_error: bool) -> None:
        """Take the reading end of a pipe, and whether it is standard error."""
        os.set_blocking(file.fileno(), False)
        self.is_error = is_error
        self._file = file
        self._rest = b''

    @property
    def is_open(self) -> bool:
        """Whether more may come."""
        return not self._file.closed

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._file.fileno()

    def read(self, is_last: bool = False) -> list[str]:
        """Return the lines that have come; the end of the stream closes the pipe.

        Args:
            is_last: Whether to close it anyway, though others may still write to it.
        """
        data = b''
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.fileno(), _CHUNK)
            is_last |= not data
        *lines, rest = (self._rest + data).split(b'\n')
        self._rest = b'' if is_last or len(rest) > _LONGEST else rest
        if rest and not self._rest:
            lines.append(rest)
        if is_last:
            self._file.close()
        return [line.rstrip(b'\r').decode(errors='replace') for line in lines]


class OutputSink:
    """Where lines go: the terminal, a log file, or both, as `output` of the process says.

    `screen` shows both streams, `log` writes both to the file and shows stderr only, `both` and
    `full` do both, `own_log` writes to the file only.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder for the log files of this launch, made when a line is logged."""
        self.folder = folder
        self.broken = False
        """Whether the terminal or pipe that lines are shown on has gone away."""
        self._files: dict[str, BinaryIO] = {}

    def message(self, level: str, text: str) -> None:
        """Show a line of the runner itself."""
        self._show(f'[{level}] [launch]: {text}\n', is_error=level != 'INFO')

    def line(self, name: str, output: str, text: str, is_error: bool) -> None:
        """Show or log one line of a process."""
        line = f'[{name}] {text}\n'
        if output in ('screen', 'both', 'full') or (output == 'log' and is_error):
            self._show(line, is_error)
        if output != 'screen':
            self._log(name, line)

    def close(self) -> None:
        """Close the log files."""
        for file in self._files.values():
            file.close()

    def _show(self, line: str, is_error: bool) -> None:
        """Write to the terminal."""
        if self.broken:
            return
        stream = sys.stderr.buffer if is_error else sys.stdout.buffer
        try:
            stream.write(line.encode(errors='replace'))
            stream.flush()
        except OSError:
            self.broken = True
            # Python flushes at exit and would complain about the same pipe again.
            null = os.open(os.devnull, os.O_WRONLY)
            for file in (sys.stdout, sys.stderr):
                os.dup2(null, file.fileno())
            os.close(null)

    def _log(self, name: str, line: str) -> None:
        """Write to the log file of a process."""
        if name not in self._files:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._files[name] = (self.folder / f'{name}.log').open('ab', buffering=0)
        self._files[name].write(line.encode(errors='replace'))
