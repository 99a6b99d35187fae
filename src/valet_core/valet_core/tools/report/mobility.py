"""`valet report mobility`: tables of what `valet eval mobility` and `valet eval barn` stored.

Targets: generalist 0.90 in every cell, 0.80 on the held-out body; five times the base on bodies
that imitation did not see, or 0.95 where the base is good already.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.common.statistics import count_entry, summary_entry

__all__ = [
    'HELP', 'add_arguments', 'barn_table', 'factor', 'loss_table', 'memory_table', 'run',
    'scene_table', 'time_table', 'training_table',
]  # fmt: skip

HELP = 'tables of the stored results of mobile bases'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--results', type=Path, default=Path('outputs/mobility/results'),
        help='folder of the JSON files (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--models', type=Path, help='folder of models: add a table of how their training ended'
    )
    parser.add_argument('--out', type=Path, metavar='FILE', help='write the tables there too')


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    from valet_core.common.errors import InvalidInputError

    records = [json.loads(path.read_text()) for path in sorted(args.results.glob('*.json'))]
    if not records:
        raise InvalidInputError(
            f'--results: received {args.results}, which holds no .json; allowed: a folder of '
            'results of `valet eval mobility --json` and `valet eval barn --json`'
        )
    scenes = [r for r in records if 'scene' in r]
    parts = [scene_table(scenes), time_table(scenes)]
    parts.append(barn_table([r for r in records if 'world_count' in r]))
    if args.models is not None:
        parts += [training_table(args.models), loss_table(args.models)]
        parts.append(memory_table(args.models))
    text = '\n'.join(part for part in parts if part)
    print(text)
    if args.out is not None:
        args.out.write_text(text + '\n', encoding='utf-8')
    return 0


def scene_table(records: Iterable[Mapping[str, Any]]) -> str:
    """Success by body and scene, a row for each controller, with 95 % intervals."""
    cells = {(r['embodiment'], _label(r), r['scene']): r['summary'] for r in records}
    if not cells:
        return ''
    scenes = sorted({key[2] for key in cells})
    rows = ['| body | controller | ' + ' | '.join(scenes) + ' | of the base |',
            '|---' * (len(scenes) + 3) + '|']  # fmt: skip
    for body, controller in sorted({key[:2] for key in cells}):
        texts = [_rate(cells.get((body, controller, scene))) for scene in scenes]
        rows.append(f'| {body} | {controller} | ' + ' | '.join(texts)
                    + f' | {factor(cells, body, controller)} |')  # fmt: skip
    return 'Success in generated scenes (planar simulator, noise on):\n\n' + '\n'.join(rows) + '\n'


def time_table(records: Iterable[Mapping[str, Any]], controller: str = 'generalist') -> str:
    """Weighted travel time (mean time of successes / success rate) and collisions by scene."""
    cells = {(r['embodiment'], r['scene']): r['summary'] for r in records
             if _label(r) == controller}  # fmt: skip
    if not cells:
        return ''
    scenes = sorted({scene for _, scene in cells})
    rows = ['| body | ' + ' | '.join(scenes) + ' |', '|---' * (len(scenes) + 1) + '|']
    for body in sorted({body for body, _ in cells}):
        texts = []
        for scene in scenes:
            s = cells.get((body, scene))
            texts.append('' if s is None or s['wtt_s'] is None else
                         f'{s["wtt_s"]:.1f} s, {_mean(s["collision"], 2)}')  # fmt: skip
        rows.append(f'| {body} | ' + ' | '.join(texts) + ' |')
    return (f'Weighted travel time of the {controller}, and share of drives with a collision:\n\n'
            + '\n'.join(rows) + '\n')  # fmt: skip


def factor(
    cells: Mapping[tuple[str, str, str], Mapping[str, Any]], body: str, controller: str
) -> str:
    """Mean success of a controller over that of the base, in the scenes that both drove."""
    scenes = [s for b, c, s in cells if (b, c) == (body, controller)]
    shared = [s for s in scenes if (body, 'base', s) in cells]
    if controller == 'base' or not shared:
        return ''
    ours = sum(cells[body, controller, s]['success']['mean'] for s in shared)
    base = sum(cells[body, 'base', s]['success']['mean'] for s in shared)
    return f'x {ours / base:.2f}' if base else 'base: none'


def barn_table(records: Iterable[Mapping[str, Any]]) -> str:
    """Score and success on BARN worlds, with the recorded scores of another simulator."""
    records = list(records)
    if not records:
        return ''
    head = ('controller', 'body', 'simulator', 'runs', 'score', 'pace', 'success', 'time s',
            'step p99 ms')  # fmt: skip
    rows = ['| ' + ' | '.join(head) + ' |', '|---' * len(head) + '|']
    for r in sorted(records, key=lambda r: -r['summary']['pace']['mean']):
        s = r['summary']
        cells = (
            _label({**r, 'simulator': ''}), r['embodiment'], r['simulator'], str(s['count']),
            _mean(s['score']), _mean(s['pace']), _mean(s['success']), _mean(s['time_s'], 2),
            f'{s["step_p99_ms"]:.2f}',
        )  # fmt: skip
        rows.append('| ' + ' | '.join(cells) + ' |')
    recorded = ', '.join(f'{k} {v}' for k, v in records[0]['recorded_in_gazebo'].items())
    return ('BARN worlds (the score is at most 0.5; pace: the score without its bounds):\n\n'
            + '\n'.join(rows)
            + f'\n\nRecorded in Gazebo, another simulator: {recorded}\n')  # fmt: skip


def training_table(folder: Path) -> str:
    """How the runs of reinforcement learning under a folder of models ended.

    Success is that of the exploring policy, along known ways, half way through training and at its
    end; each over the drives of one report.
    """
    groups: dict[tuple[str, str, float, int], list[tuple[float, float]]] = {}
    for path in sorted(folder.glob('*/config.json')):
        config = json.loads(path.read_text())
        metrics = path.with_name('metrics.json')
        if config.get('stage') not in ('residual', 'scratch') or not metrics.is_file():
            continue
        course = json.loads(metrics.read_text())['training']
        last = course[-1]
        half = min(course, key=lambda r: abs(r['steps'] - last['steps'] / 2))
        key = (config['embodiments'][0], config['stage'], config['rnd'], last['steps'])
        groups.setdefault(key, []).append((half['success'], last['success']))
    if not groups:
        return ''
    head = ('body', 'stage', 'RND', 'steps', 'half way', 'at the end, each seed', 'mean')
    rows = ['| ' + ' | '.join(head) + ' |', '|---' * len(head) + '|']
    for (body, stage, rnd, steps), values in sorted(groups.items()):
        half, ends = float(np.mean([v for v, _ in values])), [v for _, v in values]
        each = ', '.join(f'{value:.2f}' for value in ends)
        mean = _mean(summary_entry(ends))
        rows.append(f'| {body} | {stage} | {rnd} | {steps} | {half:.3f} | {each} | {mean} |')
    return ('Training (exploring, along known ways):\n\n' + '\n'.join(rows) + '\n')


def loss_table(folder: Path) -> str:
    """Distilling by KL and by MSE on the same examples, from models made with --compare.

    The bare networks drive along known ways, without guard or recovery.
    """
    for path in sorted(folder.glob('*/metrics.json')):
        if _experts(path) == {'planner'} or (compared := _comparison(path)) is None:
            continue
        losses = list(next(iter(compared.values())))
        rows = ['| body | ' + ' | '.join(losses) + ' |', '|---' * (1 + len(losses)) + '|']
        done, total = dict.fromkeys(losses, 0), dict.fromkeys(losses, 0)
        for body, rates in compared.items():
            texts = []
            for loss in losses:
                count = rates[loss]['drives']
                successes = round(rates[loss]['success'] * count)
                done[loss] += successes
                total[loss] += count
                texts.append(_mean(count_entry(successes, count), 2))
            rows.append(f'| {body} | ' + ' | '.join(texts) + ' |')
        all_of = [_mean(count_entry(done[loss], total[loss]), 3) for loss in losses]
        rows.append('| all | ' + ' | '.join(all_of) + ' |')
        return ('Success of the distilled network by its loss (bare, along known ways):\n\n'
                + '\n'.join(rows) + '\n')  # fmt: skip
    return ''


def memory_table(folder: Path) -> str:
    """Distilling with and without remembered scans, from models of planners' --compare.

    The bare networks drive along known ways; a row for each body, all seeds together.
    """
    done: dict[str, dict[int, list[int]]] = {}
    for path in sorted(folder.glob('*/metrics.json')):
        compared = _comparison(path)
        if compared is None or _experts(path) != {'planner'}:
            continue
        config = json.loads(path.with_name('config.json').read_text())
        for body, rates in compared.items():
            total = done.setdefault(body, {}).setdefault(config['features']['keyframes'], [0, 0])
            total[0] += round(rates['kl']['success'] * rates['kl']['drives'])
            total[1] += rates['kl']['drives']
    if not done:
        return ''
    counts = sorted({count for rates in done.values() for count in rates})
    rows = ['| body | ' + ' | '.join(f'{c} scans' for c in counts) + ' |',
            '|---' * (1 + len(counts)) + '|']  # fmt: skip
    for body, rates in sorted(done.items()):
        texts = [_mean(count_entry(*rates[c])) if c in rates else '' for c in counts]
        rows.append(f'| {body} | ' + ' | '.join(texts) + ' |')
    return ('Success of the distilled network by its memory (bare, along known ways):\n\n'
            + '\n'.join(rows) + '\n')  # fmt: skip


def _comparison(metrics: Path) -> dict[str, Any] | None:
    """What a model's training with --compare has found, by body and loss."""
    course = json.loads(metrics.read_text()).get('training')
    last = course[-1] if isinstance(course, list) and course else {}
    return next((v for k, v in last.items() if k.startswith('comparison of losses')), None)


def _experts(metrics: Path) -> set[str]:
    """The kinds of expert that a model was distilled from."""
    config = metrics.with_name('config.json')
    experts = json.loads(config.read_text()).get('experts', {}) if config.is_file() else {}
    return {expert['expert'] for expert in experts.values()}


def _label(record: Mapping[str, Any]) -> str:
    """The controller, and what was not as usual."""
    notes = {
        'in MuJoCo': record.get('simulator') == 'mujoco', 'people': record.get('people'),
        'odometry only': record.get('match_scans') is False,
    }  # fmt: skip
    kind, _, folder = record['controller'].partition(':')
    name = f'{kind}:{Path(folder).name}' if folder else kind
    return ', '.join([name, *(note for note, holds in notes.items() if holds)])


def _rate(summary: Mapping[str, Any] | None) -> str:
    return '' if summary is None else _mean(summary['success'], 2)


def _mean(entry: Mapping[str, Any], digits: int = 3) -> str:
    low, high = entry['ci95']
    return f'{entry["mean"]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]'
