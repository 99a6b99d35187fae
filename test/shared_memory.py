"""What Fast DDS leaves in shared memory when a process is killed, and its removal.

A process that takes up such a port goes on with whatever state it was left in, and may never hear
a message. Nothing is removed while a process has it mapped: the last one to let go of a removed
file removes the file that has its name by then.
"""

import fcntl
import os
import re
import time
from pathlib import Path

__all__ = ['ANY_DOMAIN', 'abandoned_ports', 'ports_of', 'remove_unused']

SHARED_MEMORY = Path('/dev/shm')
ANY_DOMAIN = range(7000, 7400)
"""Ports that readers of every domain take."""
PORT = re.compile(r'fast(?:rtps|dds)_port(\d+)')
SEGMENT = re.compile(r'fast(?:rtps|dds)_[0-9a-f]{16}')
STARTING = 10.0  # since the last change of a file that a starting process may be about to map [s]


def ports_of(domain: int) -> range:
    """Return the UDP ports of a ROS domain, as DDS-RTPS 9.6.2.4 numbers them."""
    return range(7400 + 250 * domain, 7400 + 250 * (domain + 1))


def abandoned_ports(numbers: range) -> set[str]:
    """Name the ports whose reader has ended without closing them."""
    locks = (path for path in SHARED_MEMORY.glob('fast*_port*_el') if _is_free(path))
    return {lock.name for lock in locks if _is_port_of(lock.name, numbers)}


def remove_unused(*numbers: range) -> None:
    """Remove our own ports of these numbers, and segments, that no process uses any more."""
    mapped = _mapped()
    for path in SHARED_MEMORY.iterdir():
        wanted = SEGMENT.fullmatch(path.name) or any(
            PORT.fullmatch(path.name) and _is_port_of(path.name, some) for some in numbers
        )
        if wanted and path.name not in mapped and _is_old_and_ours(path):
            lock = SHARED_MEMORY / f'{path.name}_el'
            if not lock.exists() or _is_free(lock):
                for piece in (path, lock, SHARED_MEMORY / f'sem.{path.name}_mutex'):
                    piece.unlink(missing_ok=True)


def _is_port_of(name: str, numbers: range) -> bool:
    match = PORT.match(name)
    return match is not None and int(match[1]) in numbers


def _is_free(lock: Path) -> bool:
    """Say whether no process holds a lock."""
    try:
        with lock.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_old_and_ours(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and time.time() - status.st_mtime > STARTING


def _mapped() -> set[str]:
    """Name the files in shared memory that some process of ours has mapped."""
    names = set()
    for maps in Path('/proc').glob('[0-9]*/maps'):
        try:
            names.update(re.findall(r' /dev/shm/(\S+)', maps.read_text(errors='replace')))
        except OSError:
            continue  # it has ended, or is another user's
    return names
