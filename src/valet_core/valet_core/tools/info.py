"""`valet info`: the versions of what Valet stands on, and what is missing."""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from valet_core import __version__
from valet_core.common.provenance import git_commit

__all__ = ['HELP', 'add_arguments', 'collect', 'run']

HELP = 'print versions and what is missing'

PYTHON_PACKAGES = (
    'torch', 'open3d', 'numpy', 'scipy', 'mujoco', 'mink', 'gymnasium', 'lerobot',
    'pyrealsense2', 'onnxruntime',
)  # fmt: skip
ROS_PACKAGES = (
    'rclpy', 'sensor_msgs', 'tf2_msgs', 'valet_msgs', 'valet_nodes', 'valet_bringup',
)  # fmt: skip
LIBRARIES = {
    'libusb-1.0.so.0': 'libusb-1.0-0 (open3d and pyrealsense2 load it)',
    'libEGL.so.1': 'libegl1 (rendering)',
}
GL_BACKENDS = ('egl', 'osmesa')
DEFAULT_RMW = 'rmw_fastrtps_cpp'
# Run in a process of its own: the backend is fixed at the first import of mujoco, and a broken
# driver may take the process down.
GL_PROBE = 'import mujoco; c = mujoco.GLContext(16, 16); c.make_current(); c.free()'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument('--json', action='store_true', help='print one JSON object')


def _python_version(distribution: str) -> str | None:
    """Return a Python package's version without importing it (lerobot alone costs seconds)."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _ros_version(package: str, environment: Mapping[str, str]) -> str | None:
    """Return a ROS package's version from its package.xml in the first prefix that has it."""
    for prefix in environment.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        manifest = Path(prefix) / 'share' / package / 'package.xml'
        if prefix and manifest.is_file():
            return ElementTree.parse(manifest).findtext('version')
    return None


def _gl_backend(environment: Mapping[str, str]) -> str | None:
    """Return the first MuJoCo backend that opens a context here, the configured one first."""
    configured = environment.get('MUJOCO_GL', '')
    for backend in dict.fromkeys((configured, *GL_BACKENDS)):
        if not backend:
            continue
        probe = subprocess.run(
            [sys.executable, '-c', GL_PROBE],
            env={**environment, 'MUJOCO_GL': backend},
            capture_output=True,
            check=False,
        )
        if probe.returncode == 0:
            return backend
    return None


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def collect(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Collect all versions.

    Args:
        environment: Environment variables to look things up with; the process's by default.

    Returns:
        Names and versions in the order of printing, None where a thing is absent, and last
        `missing`: one line for each required thing that is absent.
    """
    environment = os.environ if environment is None else environment
    rmw = environment.get('RMW_IMPLEMENTATION') or DEFAULT_RMW
    rmw_version = _ros_version(rmw, environment)
    versions: dict[str, object] = {
        'valet_core': __version__,
        'commit': git_commit(),
        'python': platform.python_version(),
        'platform': platform.freedesktop_os_release().get('PRETTY_NAME', platform.system()),
        'cores': len(os.sched_getaffinity(0)),
        'ros_distro': environment.get('ROS_DISTRO') or _wheels_distro(),
        'rmw': f'{rmw} {rmw_version}' if rmw_version else None,
        **{package: _ros_version(package, environment) for package in ROS_PACKAGES},
        **{package: _python_version(package) for package in PYTHON_PACKAGES},
        'gl_backend': _gl_backend(environment),
    }
    optional = {'commit'}
    missing = [key for key, value in versions.items() if value is None and key not in optional]
    missing += [hint for name, hint in LIBRARIES.items() if not _has_library(name)]
    return {**versions, 'missing': missing}


def _wheels_distro() -> str | None:
    """Return the name of the ROS 2 distribution that pip installed, if it did."""
    for distro in ('jazzy', 'kilted'):
        if _python_version(f'ros-{distro}-rclpy'):
            return f'{distro} (from pip)'
    return None


def run(args: argparse.Namespace) -> int:
    """Print the versions; the exit status is 1 when something required is missing."""
    info = collect()
    if args.json:
        print(json.dumps(info, indent=2))
    else:
        for name, value in info.items():
            if name != 'missing':
                print(f'{name:14} {"-" if value is None else value}')
        print(f'{"missing":14} {", ".join(info["missing"]) or "nothing"}')
    return 1 if info['missing'] else 0
