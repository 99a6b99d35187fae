"""Shared memory of processes that were killed, removed once nobody else uses it.

A DDS participant that ends by SIGKILL leaves its files in /dev/shm for ever. Which files are
its own can only be seen while it lives, so they are noted before the kill.
"""

import contextlib
import os
import re
from collections.abc import Iterable

from valet_nodes.launch.proc import process_table, shared_memory_files

__all__ = ['Leftovers']

# Segments, ports and their mutexes of Fast DDS 2 and 3.
_PATTERN = re.compile(r'/dev/shm/(sem\.)?fast(rtps|dds)_\w+')


class Leftovers:
    """Files in /dev/shm that belonged to killed processes."""

    def __init__(self) -> None:
        """Start with none."""
        self._files: set[str] = set()

    def note(self, pids: Iterable[int]) -> None:
        """Remember the files of processes that are about to be killed."""
        for pid in pids:
            self._files |= {f for f in shared_memory_files(pid) if _PATTERN.fullmatch(f)}

    def remove(self) -> list[str]:
        """Remove the noted files that no live process uses; return those that are gone."""
        if not self._files:
            return []
        used: set[str] = set()
        for stat in process_table():
            used |= shared_memory_files(stat.pid)
        removed = []
        for path in sorted(self._files - used):
            # The mutex of a port is used for moments only and so seen in no process.
            mutex = os.path.join(os.path.dirname(path), f'sem.{os.path.basename(path)}_mutex')
            for name in (path, mutex):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name)
                    removed.append(name)
        self._files.clear()
        return removed
