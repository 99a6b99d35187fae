"""What the evaluations and benchmarks of drives share: arguments, printing, writing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

__all__ = ['add_drive_arguments', 'check_output', 'print_summary', 'write']


def add_drive_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how drives are simulated and where their results go."""
    parser.add_argument(
        '--simulator', default='planar', choices=('planar', 'mujoco'),
        help='mujoco: the bodies and wheels themselves, slower (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--odometry-only', action='store_true', help='do not correct it by matching scans'
    )
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write all results')


def check_output(path: Path | None) -> None:
    """Refuse a place that results cannot be written to, before the work.

    Raises:
        InvalidInputError: for a folder.
    """
    from valet_core.common.errors import InvalidInputError

    if path is not None and path.is_dir():
        raise InvalidInputError(f'--json: received folder {path}; allowed: a file')


def print_summary(title: str, summary: dict[str, Any]) -> None:
    """Print each figure with its interval."""
    print(title)
    for name, value in summary.items():
        if isinstance(value, dict):
            if value['mean'] is None:
                print(f'  {name:15} none')
                continue
            low, high = value['ci95']
            print(f'  {name:15} {value["mean"]:.3f}  [{low:.3f}, {high:.3f}]')
        else:
            print(f'  {name:15} {value if value is None else round(value, 3)}')


def write(path: Path | None, result: dict[str, Any]) -> None:
    """Write results as JSON, if a path is given."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
