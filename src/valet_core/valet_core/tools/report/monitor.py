"""`valet report monitor`: tables of what `valet eval monitor` stored.

Targets: false alarms of new usual successes at or below alpha within their interval, mean TWA .75
and balanced accuracy .88 over the tasks, above every other method of the same run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    'HELP', 'add_arguments', 'control_table', 'coverage_table', 'group_table', 'mean_table',
    'method_table', 'order_table', 'run',
]  # fmt: skip

HELP = 'tables of the stored results of failure monitors'

Result = Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--results', type=Path, default=Path('outputs/monitor/results'),
        help='folder of the JSON files (%(default)s)',
    )  # fmt: skip
    parser.add_argument('--out', type=Path, metavar='FILE', help='write the tables there too')


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    from valet_core.common.errors import InvalidInputError

    found = [json.loads(path.read_text()) for path in sorted(args.results.glob('*.json'))]
    results = [r for r in found if 'methods' in r and 'task' in r]
    if not results:
        raise InvalidInputError(
            f'--results: received {args.results}, which holds no result of a monitor; allowed: a '
            'folder of results of `valet eval monitor --json`'
        )
    parts = [mean_table(results)]
    for result in results:
        parts += [method_table(result), coverage_table(result), group_table(result)]
        parts += [control_table(result), order_table(result)]
    text = '\n'.join(parts)
    print(text)
    if args.out is not None:
        args.out.write_text(text + '\n', encoding='utf-8')
    return 0


def mean_table(results: Sequence[Result]) -> str:
    """TWA and balanced accuracy of each method, and their means over the tasks that have it."""
    tasks = [f'{r["task"]} ({r["alpha"]:g})' for r in results]
    names = list(dict.fromkeys(name for r in results for name in r['methods']))
    rows = []
    for name in names:
        there = [r['methods'].get(name) for r in results]
        cells = ['' if m is None else _pair(m) for m in there]
        known = [m for m in there if m is not None and m['twa'] is not None]
        mean = {k: sum(m[k] for m in known) / len(known) if known else None
                for k in ('twa', 'balanced_accuracy')}  # fmt: skip
        rows.append([name, *cells, _pair(mean)])
    head = ['TWA, balanced accuracy', *tasks, 'mean']
    return 'By task (alpha):\n\n' + _markdown(head, rows)


def method_table(result: Result) -> str:
    """What each method comes to, the best TWA first; ours with an asterisk."""
    columns = ('twa', 'balanced_accuracy', 'tpr', 'tnr', 'detection_time', 'roc_auc',
               'lead_time_s', 'newtons_avoided', 'high_force', 'high_force_stopped',
               'latency_p99_ms')  # fmt: skip
    methods = result['methods']
    rows = []
    for name in sorted(methods, key=lambda n: -(methods[n]['twa'] or 0.0)):
        row = methods[name]
        label = f'{name} *' if name == result['proposed'] else name
        rate = _with_interval(row['false_alarm_rate'], row['false_alarm_ci95'])
        rows.append([label, *(_text(row.get(column)) for column in columns), rate])
    count = result['episodes']
    head = ['', *(c.replace('_', ' ') for c in columns), 'false alarms of usual successes']
    return (
        f'{result["task"]} ({result["policy"]}), alpha {result["alpha"]:g}: {count["successes"]} '
        f'successes, {count["failures"]} failures; window {result["window"]}, fixed before; means '
        f'over {result["seeds"]} splits; `{result["command"]}`:\n\n' + _markdown(head, rows)
    )


def coverage_table(result: Result) -> str:
    """False alarms of new usual successes at several alpha."""
    alphas = list(result['coverage'])
    names = list(dict.fromkeys(n for rows in result['coverage'].values() for n in rows))
    rows = []
    for name in names:
        found = [result['coverage'][a].get(name) for a in alphas]
        rows.append([name, *('not certified' if f is None else _with_interval(
            f['false_alarm_rate'], f['false_alarm_ci95']) for f in found)])  # fmt: skip
    head = ['false alarms', *(f'alpha {a}' for a in alphas)]
    return f'{result["task"]}, usual successes:\n\n' + _markdown(head, rows)


def group_table(result: Result) -> str:
    """Share of episodes of each group with an alarm of our method."""
    groups = result['by_group'].get(result['proposed'], {})
    about = {c['name']: c['about'] for c in result['conditions']}
    rows = []
    for group, found in groups.items():
        cells = []
        for outcome in ('failures', 'successes'):
            row = found.get(outcome)
            cells.append('' if row is None else
                         f'{row["alarms"] / row["episodes"]:.2f} of {row["episodes"]:.0f}')
        rows.append([group, *cells, about.get(group.split(' ', 1)[-1], '')])
    head = ['group', 'failures with an alarm', 'successes with an alarm', 'what it is']
    return f'{result["task"]}, `{result["proposed"]}` by group:\n\n' + _markdown(head, rows)


def control_table(result: Result) -> str:
    """The same at one length, and with the window that only the test knows."""
    cut, best = result['length_control'], result['oracle_window']
    rows = []
    for name, row in result['methods'].items():
        oracle = best.get(name)
        told = '' if oracle is None else f'{_pair(oracle)} ({oracle["window"]})'
        rows.append([name, _pair(row), _pair(cut['methods'].get(name)), told])
    head = ['TWA, balanced accuracy', 'as fixed', f'cut to {cut["steps"]} steps',
            'by the best window (oracle)']  # fmt: skip
    return f'{result["task"]}, controls:\n\n' + _markdown(head, rows)


def order_table(result: Result) -> str:
    """Mean scores of the four kinds of episodes, and whether they rise."""
    rows = []
    kinds: list[str] = []
    for name, found in result['order'].items():
        kinds = list(found['means'])
        holds = {True: 'yes', False: 'no', None: '-'}[found['holds']]
        rows.append([name, *(_text(v) for v in found['means'].values()), holds])
    return (f'{result["task"]}, mean score of an episode:\n\n'
            + _markdown(['score', *kinds, 'rises'], rows))  # fmt: skip


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines) + '\n'


def _pair(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ''
    return f'{_text(row["twa"])}, {_text(row["balanced_accuracy"])}'


def _with_interval(value: float | None, ends: Sequence[float | None]) -> str:
    return f'{_text(value)} [{_text(ends[0])}, {_text(ends[1])}]'


def _text(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'
