"""`valet eval dressing`: how much of the arm a policy dresses, by pose region and garment."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.provenance import provenance

if TYPE_CHECKING:
    from valet_core.dressing.evaluation.cell_runs import EvaluationConfig
    from valet_core.dressing.sim.cells import DressingCell

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'how much of the arm a policy dresses, by pose region and garment'
DEFAULT_CELLS = 135  # one for each region and garment
TABLE_WIDTH = 134


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--policy', default='planner', help='name, or folder of a model (%(default)s)'
    )
    parser.add_argument(
        '--cells', type=int, default=DEFAULT_CELLS, metavar='N', help='how many (%(default)s)'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the cells drawn (%(default)s)')
    parser.add_argument(
        '--split', choices=('train', 'held_out'), default='held_out', help='(%(default)s)'
    )
    parser.add_argument('--cells-file', type=Path, metavar='F', help='JSON lines, in their place')
    parser.add_argument(
        '--observe',
        choices=('state', 'noisy', 'camera'),
        default='state',
        help='true state, true state with errors as of perception, or images (%(default)s)',
    )
    parser.add_argument(
        '--contact',
        choices=('solid', 'measured'),
        default='solid',
        help='whether contact of robot and person acts, or is only measured (%(default)s)',
    )
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument(
        '--traces', type=Path, metavar='DIR', help='record each episode for `valet monitor fit`'
    )
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write all results')


def run(args: argparse.Namespace) -> int:
    """Evaluate, print a table and write the results; 2 for arguments or cells that are wrong."""
    from valet_core.common.errors import InvalidInputError
    from valet_core.dressing.control.registry import DRESSING_POLICIES
    from valet_core.dressing.evaluation.cell_runs import EvaluationConfig

    try:
        config = EvaluationConfig(
            args.policy, args.observe, args.processes, solid=args.contact == 'solid',
            traces='' if args.traces is None else str(args.traces),
        )
        DRESSING_POLICIES.make(args.policy)  # an unknown one ends here, before the work
        cells = _cells(args)
        _check_writable(args.json)
    except InvalidInputError as error:
        print(f'valet eval dressing: {error}', file=sys.stderr)
        return 2
    started = time.perf_counter()
    records = _evaluate(cells, config)
    result = _result(args, records, time.perf_counter() - started)
    _print(result)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def _cells(args: argparse.Namespace) -> list[DressingCell]:
    from valet_core.common.errors import InvalidInputError
    from valet_core.dressing.sim.cells import read_cells
    from valet_core.dressing.sim.regions import draw_cells

    if args.cells_file:
        return read_cells(args.cells_file)
    if args.seed < 0:
        raise InvalidInputError(f'--seed must be at least 0, received {args.seed}')
    return draw_cells(args.cells, args.seed, args.split)


def _check_writable(path: Path | None) -> None:
    """Fail before the work, not after it."""
    from valet_core.common.errors import InvalidInputError

    if path is not None and path.is_dir():
        raise InvalidInputError(f'--json {path} is a folder; expected a file to write')


def _evaluate(cells: list[DressingCell], config: EvaluationConfig) -> list[dict[str, Any]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from valet_core.dressing.evaluation.cell_runs import evaluate_cells

    records: dict[int, dict[str, Any]] = {}
    columns = (
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn('dressed {task.fields[dressed]}'),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(
            f'{config.policy} ({config.observe})', total=len(cells), dressed=0
        )
        dressed = 0
        for index, record in evaluate_cells(cells, config):
            records[index] = record
            dressed += record['success']
            progress.update(task, advance=1, dressed=dressed)
    return [records[i] for i in range(len(cells))]


def _result(
    args: argparse.Namespace, records: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    from valet_core.dressing.evaluation.summary import summarise, summarise_by

    summary = {**summarise(records), 'episodes_per_hour': len(records) / seconds * 3600}
    drawn = args.cells_file is None
    return {
        **provenance(),
        'policy': args.policy,
        'observe': args.observe,
        'contact': args.contact,
        'seed': args.seed if drawn else None,
        'split': args.split if drawn else None,
        'cells_file': None if drawn else str(args.cells_file),
        'summary': summary,
        'by_region': summarise_by(records, 'region'),
        'by_garment': summarise_by(records, 'garment'),
        'episodes': records,
    }


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(pad_edge=False)
    ratios, forces = ('upper arm', 'whole arm'), ('force p95 [N]',)
    columns = (*ratios, 'success', 'gentle', *forces, 'pierced', 'touched')
    for name in ('', 'episodes', *columns):
        table.add_column(name, no_wrap=True)
    groups = {'all': result['summary'], **result['by_garment'], **result['by_region']}
    for name, row in groups.items():
        table.add_row(
            name,
            str(row['episodes']),
            _with_interval(row['upper_arm_ratio']),
            _with_interval(row['whole_arm_ratio']),
            _with_interval(row['success']),
            _with_interval(row['gentle']),
            _with_interval(row['force_p95_n'], '.1f'),
            _with_interval(row['pierced']),
            _with_interval(row['touched']),
        )
    console = Console() if sys.stdout.isatty() else Console(width=TABLE_WIDTH)
    console.print(table)
    console.print(f'{result["summary"]["episodes_per_hour"]:.0f} episodes an hour')
    for record in result['episodes']:
        if record['error']:
            console.print(f'not run: {record["error"]}')


def _with_interval(entry: dict[str, Any], form: str = '.2f') -> str:
    if entry['mean'] is None:
        return '-'
    text: Callable[[float], str] = lambda value: format(value, form)  # noqa: E731
    low, high = entry['ci95']
    return f'{text(entry["mean"])} ({text(low)}-{text(high)})'
