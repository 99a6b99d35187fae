"""What all tests share: a ROS domain of their own, and a check that they leave nothing behind."""

import fcntl
import gc
import os
import re
import socket
import uuid
from pathlib import Path

import psutil
import pytest
from hypothesis import settings
from places import ROOT

pytest.register_assert_rewrite('fault_checks')

SESSION = 'VALET_TEST_SESSION'
DOMAINS = range(1, 100)  # above 101 the ports meet those that Linux gives to clients
SHARED_MEMORY = Path('/dev/shm')
# Helpers of Python itself, which live as long as the process that started them.
HELPERS = ('multiprocessing.resource_tracker', 'multiprocessing.forkserver')
GRACE = 5.0  # [s] for a process that is on its way out


def _ports(domain: int) -> range:
    """Return the UDP ports of a ROS domain, as DDS-RTPS 9.6.2.4 numbers them."""
    return range(7400 + 250 * domain, 7400 + 250 * (domain + 1))


def _claim_domain() -> tuple[int, socket.socket]:
    """Find a domain that nobody uses; the socket keeps it for this session while it is open."""
    for domain in DOMAINS:
        claim = socket.socket(socket.AF_UNIX)
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(f'\0valet-test-domain-{domain}')
            probe.bind(('', _ports(domain)[0]))
        except OSError:
            claim.close()
            continue
        finally:
            probe.close()
        return domain, claim
    raise RuntimeError(f'all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use')


# How long an example takes says nothing on a machine that others use too.
settings.register_profile('valet', deadline=None)
settings.load_profile('valet')


def pytest_configure(config):
    """Give the session its domain, before any test imports rclpy."""
    domain, claim = _claim_domain()
    config.add_cleanup(claim.close)
    os.environ['ROS_DOMAIN_ID'] = str(domain)
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ['HF_HUB_OFFLINE'] = '1'
    os.environ.setdefault('FASTRTPS_DEFAULT_PROFILES_FILE', str(ROOT / 'config' / 'fastdds.xml'))
    os.environ.setdefault('MUJOCO_GL', 'egl')
    os.environ[SESSION] = uuid.uuid4().hex


def pytest_report_header():
    return f'ROS domain: {os.environ["ROS_DOMAIN_ID"]}'


def _is_ours(process: psutil.Process) -> bool:
    """Say whether a process descends from this session, even when its parents have ended."""
    try:
        if any(helper in ' '.join(process.cmdline()) for helper in HELPERS):
            return False
        return process.environ().get(SESSION) == os.environ[SESSION]
    except psutil.Error:
        return False


def _processes() -> list[psutil.Process]:
    """List the running processes that this session has started."""
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _is_ours(p)]


def _end_leftovers() -> list[str]:
    """Describe the processes that are still there after a grace, and end them."""
    _, alive = psutil.wait_procs(_processes(), timeout=GRACE)
    found = []
    for process in alive:
        try:
            found.append(f'process {process.pid}: {" ".join(process.cmdline())}')
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=GRACE)
    return found


def _is_dead(lock: Path) -> bool:
    """Say whether a piece of Fast DDS's shared memory is there and no process holds its lock."""
    try:
        with lock.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_dead_memory() -> list[str]:
    """Remove what ended processes of this session's domain left in shared memory.

    Only two kinds of files are touched: the domain's own ports, and the segments of those that
    have sent to them, for a message in a port begins with the number of its sender's segment. A
    port without a lock has lost its reader; a sender that was killed keeps it there, in whatever
    state that was, for the next who gets the domain.

    Returns:
        The ports whose reader has not ended by itself.
    """
    numbers = _ports(int(os.environ['ROS_DOMAIN_ID']))
    names = [f'fast{kind}_port{number}' for kind in ('rtps', 'dds') for number in numbers]
    killed = [name for name in names if _is_dead(SHARED_MEMORY / f'{name}_el')]
    unread = [name for name in names if not (SHARED_MEMORY / f'{name}_el').exists()]
    ports = killed + unread
    files = [SHARED_MEMORY / name for name in ports]
    sent = b''.join(file.read_bytes() for file in files if file.exists())
    segments = [
        path.name
        for path in SHARED_MEMORY.iterdir()
        if (match := re.fullmatch(r'fast(?:rtps|dds)_([0-9a-f]{16})', path.name))
        and bytes.fromhex(match[1]) in sent
        and _is_dead(SHARED_MEMORY / f'{path.name}_el')
    ]
    for name in ports + segments:
        for piece in (name, f'{name}_el', f'sem.{name}_mutex'):
            (SHARED_MEMORY / piece).unlink(missing_ok=True)
    return [f'shared memory {SHARED_MEMORY / name}' for name in killed]


@pytest.fixture(scope='module', autouse=True)
def leaves_nothing_behind(request):
    """Fail the module that leaves processes or shared memory behind, and remove them."""
    _remove_dead_memory()
    yield
    gc.collect()  # a participant is seen by others until its context is collected
    left = _end_leftovers()
    memory = _remove_dead_memory()
    items = (item for item in request.session.items if item.path == request.path)
    if not any(item.get_closest_marker('kills') for item in items):
        left += memory
    assert not left, 'left behind: ' + '; '.join(left)
