"""Output of the processes, line by line, each with the name of its process in front."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

__all__ = ['LineBuffer', 'OutputSink']

_LONGEST = 1 << 16  # bytes after which a line without an end is printed anyway


class LineBuffer:
    """Bytes from a pipe, given back as whole lines."""

    def __init__(self) -> None:
        """Start empty."""
        self._rest = b''

    def feed(self, data: bytes) -> list[str]:
        """Add bytes and return the lines that they complete."""
        *lines, self._rest = (self._rest + data).split(b'\n')
        if len(self._rest) > _LONGEST:
            lines.append(self._rest)
            self._rest = b''
        return [line.rstrip(b'\r').decode(errors='replace') for line in lines]

    def flush(self) -> list[str]:
        """Return what is left without a line end, if anything."""
        rest, self._rest = self._rest, b''
        return [rest.decode(errors='replace')] if rest else []


class OutputSink:
    """Where lines go: the terminal, a log file, or both, as `output` of the process says.

    `screen` shows both streams, `log` writes both to the file and shows stderr only, `both` and
    `full` do both, `own_log` writes to the file only.
    """

    def __init__(
        self, folder: Path, stdout: BinaryIO | None = None, stderr: BinaryIO | None = None
    ) -> None:
        """Take the folder for log files, made when the first line is logged.

        Args:
            folder: Folder of this launch, under ROS_LOG_DIR or ~/.ros/log.
            stdout: Where standard output goes; None for that of this process.
            stderr: Where standard error goes; None for that of this process.
        """
        self.folder = folder
        self.broken = False
        """Whether the terminal or pipe that lines are shown on has gone away."""
        self._streams = (stdout or sys.stdout.buffer, stderr or sys.stderr.buffer)
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
        self._files.clear()

    def _show(self, line: str, is_error: bool) -> None:
        """Write to the terminal."""
        if self.broken:
            return
        try:
            self._streams[is_error].write(line.encode(errors='replace'))
            self._streams[is_error].flush()
        except OSError:
            self.broken = True
            # Python flushes at exit and would complain about the same pipe again.
            null = os.open(os.devnull, os.O_WRONLY)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(null, stream.fileno())
            os.close(null)

    def _log(self, name: str, line: str) -> None:
        """Write to the log file of a process."""
        if name not in self._files:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._files[name] = (self.folder / f'{name}.log').open('ab', buffering=0)
        self._files[name].write(line.encode(errors='replace'))
