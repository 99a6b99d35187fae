"""What made a result: command, sources and machine, to be stored beside the numbers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ['git_commit', 'provenance']


def git_commit() -> str | None:
    """Commit of the sources, ending in -dirty when they differ from it; None without git."""
    command = ['git', 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']
    try:
        result = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()


def provenance(arguments: list[str] | None = None) -> dict[str, Any]:
    """Command line, git commit, Python and number of cores.

    Args:
        arguments: of the command; those of the process by default.
    """
    words = sys.argv[1:] if arguments is None else arguments
    return {
        'command': ' '.join(['./valet', *words]),
        'git_commit': git_commit(),
        'python': platform.python_version(),
        'cores': len(os.sched_getaffinity(0)),
    }
