"""What all tests share: a ROS domain of their own, and a check that they leave nothing behind."""

import gc
import os
import socket
import uuid

import psutil
import pytest
from hypothesis import settings
from places import ROOT
from shared_memory import ANY_DOMAIN, abandoned_ports, ports_of, remove_unused

pytest.register_assert_rewrite('fault_checks')

SESSION = 'VALET_TEST_SESSION'
DOMAINS = range(1, 100)  # above 101 the ports meet those that Linux gives to clients
# Helpers of Python itself, which live as long as the process that started them.
HELPERS = ('multiprocessing.resource_tracker', 'multiprocessing.forkserver')
GRACE = 5.0  # [s] for a process that is on its way out


def _claim_domain() -> tuple[int, socket.socket]:
    """Find a domain that nobody uses; the socket keeps it for this session while it is open."""
    for domain in DOMAINS:
        claim = socket.socket(socket.AF_UNIX)
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(f'\0valet-test-domain-{domain}')
            probe.bind(('', ports_of(domain)[0]))
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
    # The numbers that all domains share are for one process to look at, before any other starts.
    shared = () if hasattr(config, 'workerinput') else (ANY_DOMAIN,)
    remove_unused(ports_of(domain), *shared)
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


@pytest.fixture(scope='module', autouse=True)
def leaves_nothing_behind(request):
    """Fail the module that leaves processes or shared memory behind."""
    gc.collect()  # also what the last test of the module before has kept
    ports = ports_of(int(os.environ['ROS_DOMAIN_ID']))
    abandoned = abandoned_ports(ports)
    yield
    items = [item for item in request.session.items if item.path == request.path]
    for item in items:
        if getattr(item, 'funcargs', None):
            item.funcargs.clear()  # else the last test keeps what its fixtures gave it
    gc.collect()  # a participant is seen by others until its context is collected
    left = _end_leftovers()
    if not any(item.get_closest_marker('kills') for item in items):
        left += sorted(abandoned_ports(ports) - abandoned)
    assert not left, 'left behind: ' + '; '.join(left)
