"""What the kernel knows of processes, read from /proc: parents, groups, shared memory."""

import os
from pathlib import Path
from typing import NamedTuple

__all__ = ['ProcessStat', 'descendants', 'group_members', 'process_table', 'shared_memory_files']

SHARED_MEMORY = '/dev/shm/'


class ProcessStat(NamedTuple):
    """One line of the process table."""

    pid: int
    state: str
    """One letter; Z is a dead process that nobody has waited for."""
    parent: int
    group: int


def process_table() -> list[ProcessStat]:
    """Return all processes that can be seen now."""
    table = []
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            text = Path('/proc', name, 'stat').read_text()
        except OSError:  # ended meanwhile
            continue
        # The program's name stands in parentheses and may hold anything, spaces included.
        fields = text[text.rindex(')') + 2 :].split()
        table.append(ProcessStat(int(name), fields[0], int(fields[1]), int(fields[2])))
    return table


def descendants(root: int) -> list[ProcessStat]:
    """Return the processes below `root`, children before their own children."""
    children: dict[int, list[ProcessStat]] = {}
    for stat in process_table():
        children.setdefault(stat.parent, []).append(stat)
    found: list[ProcessStat] = []
    queue = [root]
    while queue:
        for stat in children.get(queue.pop(0), []):
            found.append(stat)
            queue.append(stat.pid)
    return found


def group_members(group: int) -> list[ProcessStat]:
    """Return the live processes of a process group."""
    return [stat for stat in process_table() if stat.group == group and stat.state != 'Z']


def shared_memory_files(pid: int) -> set[str]:
    """Return the files in /dev/shm that a process has mapped or open."""
    found: set[str] = set()
    try:
        for line in Path(f'/proc/{pid}/maps').read_text().splitlines():
            path = line[line.find('/') :] if '/' in line else ''
            if path.startswith(SHARED_MEMORY):
                found.add(path.removesuffix(' (deleted)'))
        for descriptor in os.listdir(f'/proc/{pid}/fd'):
            path = os.readlink(f'/proc/{pid}/fd/{descriptor}')
            if path.startswith(SHARED_MEMORY):
                found.add(path.removesuffix(' (deleted)'))
    except OSError:  # ended, or not ours to look at
        pass
    return found
