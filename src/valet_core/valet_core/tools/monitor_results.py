"""What the verbs of `valet monitor` share: arguments, the table, the JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance

__all__ = ['add_threshold_arguments', 'config_of', 'show', 'write_result']

WRONG = ('lower_side_band', 'per_step_quantiles', 'plain_quantile', 'drift')
_COLUMNS = ('twa', 'balanced_accuracy', 'tpr', 'tnr', 'detection_time', 'false_alarm_rate',
            'roc_auc', 'latency_p99_ms')  # fmt: skip


def add_threshold_arguments(
    parser: argparse.ArgumentParser, window: int, controls: tuple[str, ...] = WRONG
) -> None:
    """Add what says how thresholds are made and where results go."""
    parser.add_argument(
        '--alpha', type=float, required=True, metavar='A', help='bound on the false alarms, 0..0.5'
    )
    parser.add_argument('--seeds', type=int, default=5, help='random splits (%(default)s)')
    parser.add_argument(
        '--style', choices=('constant', 'band'), default='constant',
        help='one threshold for all steps, or one that varies over them (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--window', type=int, default=window,
        help='steps that a score is summed over (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--compare', nargs='+', default=[], choices=controls, metavar='WAY',
        help='show also what ways that do not hold come to: ' + ', '.join(controls),
    )  # fmt: skip
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the results')


def config_of(args: argparse.Namespace) -> Any:
    """How thresholds are made, as the arguments say."""
    from valet_core.monitor.dealing import CalibrationConfig

    return CalibrationConfig(args.alpha, args.style, args.window, args.seeds)


def write_result(
    args: argparse.Namespace, episodes: Any, found: dict[str, Any]
) -> dict[str, Any]:
    """The result with what made it; written where `--json` says."""
    good = sum(e.success for e in episodes)
    result = {
        **provenance(), 'alpha': args.alpha, 'seeds': args.seeds, 'style': args.style,
        'window': args.window,
        'episodes': {'successes': good, 'failures': len(episodes) - good}, **found,
    }  # fmt: skip
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return result


def show(result: dict[str, Any]) -> None:
    """Print a table, the best first, and what cannot be certified."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(pad_edge=False)
    for name in ('', *(column.replace('_', ' ') for column in _COLUMNS), '95 % interval'):
        table.add_column(name)
    methods = {**result['methods'], **result['compared']}
    for name in sorted(methods, key=lambda n: -(methods[n]['twa'] or 0.0)):
        row = methods[name]
        ends = '-'.join(_text(end) for end in row['false_alarm_ci95'])
        table.add_row(escape(name), *(_text(row.get(column)) for column in _COLUMNS), ends)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    counts = result['episodes']
    console.print(
        f'{counts["successes"]} successes, {counts["failures"]} failures; alpha '
        f'{result["alpha"]:g}; means over {result["seeds"]} random splits', markup=False,
    )  # fmt: skip
    console.print(table)
    for name, reason in result['refused'].items():
        console.print(f'not certified: {name}: {reason}', markup=False)


def _text(value: float | None) -> str:
    return '-' if value is None else f'{value:.3f}'
