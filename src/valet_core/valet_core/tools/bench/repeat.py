"""`valet bench repeat`: whether a demo gives the same result again, on a busy machine too."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from valet_core.common.errors import ValetError
from valet_core.common.provenance import provenance

__all__ = ['HELP', 'add_arguments', 'differences', 'run']

HELP = 'whether a demo gives the same result.json again, also beside busy loops'
COMMANDS = {'dressing': ('demo', '--headless'), 'mobility': ('demo-mobility',)}
TIMEOUT = 900.0  # of one run [s]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--demo', choices=sorted(COMMANDS), default='dressing', help='which one (%(default)s)'
    )
    parser.add_argument(
        '--runs', type=int, default=10, help='idle, and as many beside the loops (%(default)s)'
    )
    parser.add_argument('--busy', type=int, default=4, help='busy loops, 0 for none (%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the results')


def run(args: argparse.Namespace) -> int:
    """Run, print and write; the exit status is 0 only if every run succeeds with one result."""
    if args.runs < 1:
        raise ValetError(f'--runs: {args.runs} is below the allowed 1')
    if not 0 <= args.busy <= 64:
        raise ValetError(f'--busy: {args.busy} is outside of the allowed 0..64')
    rows: list[dict[str, Any]] = []
    for busy in [0] * args.runs + [args.busy] * (args.runs if args.busy else 0):
        rows.append(_row(args.demo, busy, rows))
        _tell(rows[-1])
    good = sum(row['status'] == 0 and not row['other'] for row in rows)
    print(f'{good} of {len(rows)} runs succeed with the same result')
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**provenance(), 'demo': args.demo, 'runs': rows}, indent=1)
        args.json.write_text(text + '\n', encoding='utf-8')
    return 0 if good == len(rows) else 1


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Keys at which two results differ, sorted."""
    missing = object()
    return sorted(
        key for key in {*one, *other} if one.get(key, missing) != other.get(key, missing)
    )


def _row(demo: str, busy: int, before: list[dict[str, Any]]) -> dict[str, Any]:
    """One run, compared with the first of those before it."""
    with _busy(busy):
        begun = time.monotonic()
        status, result = _play(COMMANDS[demo])
        seconds = time.monotonic() - begun
    other = differences(before[0]['result'] if before else result, result)
    return {'busy': busy, 'seconds': seconds, 'status': status, 'other': other, 'result': result}


def _tell(row: dict[str, Any]) -> None:
    same = f'other: {", ".join(row["other"])}' if row['other'] else 'the same result'
    print(
        f'{row["busy"]} busy loops: exit status {row["status"]}, {row["seconds"]:.1f} s, {same}',
        flush=True,
    )


def _play(words: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """Exit status and result of one run; an empty result where it wrote none."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, '-m', 'valet_core.tools.cli', *words, '--output', folder]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        path = Path(folder) / 'result.json'
        result = json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}
    return done.returncode, result


@contextlib.contextmanager
def _busy(count: int) -> Iterator[None]:
    """Keep the machine busy meanwhile."""
    loops = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()
