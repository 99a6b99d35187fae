"""`valet train dressing`: teachers by search, and a student of theirs that sees only points.

./valet train dressing --stage teachers
./valet train dressing --stage student
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valet_core.dressing.training.student_stage import StudentStage
    from valet_core.dressing.training.student_training import FitConfig
    from valet_core.policy.chunk_network import ChunkNetwork

__all__ = ['HELP', 'add_arguments', 'run']

MODELS = {'teachers': 'dressing_teacher', 'student': 'dressing_student'}
HELP = 'train dressing: search for teachers, and a student of theirs'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--stage', required=True, choices=tuple(MODELS))
    parser.add_argument(
        '--data', type=Path, default=Path('outputs/dressing_teachers'), metavar='DIR',
        help='archive and demonstrations; what is there goes on (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--cells', type=int, default=270, metavar='N', help='teachers: how many (%(default)s)'
    )
    parser.add_argument(
        '--attempts', type=int, default=13, metavar='N',
        help='teachers: settings that are tried on a cell (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--out', type=Path, metavar='DIR',
        help='model folder (outputs/dressing_teacher, outputs/dressing_student)',
    )  # fmt: skip
    parser.add_argument(
        '--encoder', default='dp3', choices=('dp3', 'pointnet2'), help='student (%(default)s)'
    )
    parser.add_argument(
        '--sampler', default='ddim', choices=('ddim', 'mip'),
        help='student: what it is trained for (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--steps', type=int, default=6000, metavar='N',
        help='student: gradient steps of each fit (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--batch', type=int, default=64, metavar='N',
        help='student: moments of a gradient step (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--rounds', type=int, default=1, metavar='N',
        help='student: rounds of its own dressings that teachers label (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--rollouts', type=int, default=60, metavar='N',
        help='student: dressings of a round (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--gate', type=float, default=0.08, metavar='M',
        help='student: how far from its own way a teacher labels [m]; 0: anywhere (%(default)s)',
    )  # fmt: skip
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of everything (%(default)s)')


def run(args: argparse.Namespace) -> int:
    """Train; 2 for arguments or data that are wrong."""
    from valet_core.common.errors import ValetError

    if args.out is None:
        args.out = Path('outputs', MODELS[args.stage])
    try:
        return {'teachers': _teachers, 'student': _student}[args.stage](args)
    except ValetError as error:
        print(f'valet train dressing: {error}', file=sys.stderr)
        return 2


def _teachers(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from valet_core.dressing.evaluation.teacher_search import SearchConfig, search_teachers
    from valet_core.dressing.sim.regions import draw_cells
    from valet_core.dressing.training.lessons import write_teacher
    from valet_core.dressing.training.teacher_archive import TeacherArchive

    cells = draw_cells(args.cells, args.seed, 'train')
    config = SearchConfig(args.attempts, seed=args.seed, processes=args.processes)
    archive = TeacherArchive(args.data)
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        task = progress.add_task('teachers', total=len(cells))
        solved = sum(archive.solved(cell) for cell in cells)
        progress.update(task, completed=solved)
        for count, row in enumerate(search_teachers(cells, config, archive), start=1):
            solved += row['good']
            progress.update(task, completed=solved)
            if not console.is_terminal and count % 10 == 0:
                print(f'{count} attempts, {solved} of {len(cells)} cells', flush=True)
    lessons = write_teacher(archive, args.out)
    print(f'{solved} of {len(cells)} cells have a teacher; {lessons} lessons: {args.out}')
    return 0


def _student(args: argparse.Namespace) -> int:
    import torch

    from valet_core.dressing.training.student_data import AugmentConfig
    from valet_core.dressing.training.student_stage import StudentStage, draw_curve, teacher_rows
    from valet_core.dressing.training.student_training import FitConfig
    from valet_core.dressing.training.teacher_archive import TeacherArchive

    torch.set_num_threads(1)
    rows = teacher_rows(TeacherArchive(args.data))
    work = args.out.with_name(args.out.name + '_work')
    config = FitConfig(args.steps, args.batch, seed=args.seed)
    results: dict[str, Any] = {'rollouts': []}
    start: Path | None = None
    for number in range(args.rounds + 1):
        made = [work / f'round{i}' for i in range(number)]
        stage = StudentStage(
            rows, [args.data, *made], args.encoder, args.sampler, AugmentConfig()
        )
        network = _fit(stage, config, work / f'fit{number}.pt', start, f'fit {number}')
        stage.write(network, args.out, config, results)
        draw_curve(stage.curve, args.out / 'curve.png')
        start = args.out
        if number < args.rounds:
            results['rollouts'].append(_roll_out(args, rows, work / f'round{number}'))
            print(json.dumps(results['rollouts'][-1]), flush=True)
    print(f'student: {args.out}')
    return 0


def _fit(
    stage: StudentStage, config: FitConfig, checkpoint: Path, start: Path | None, name: str
) -> ChunkNetwork:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console) as progress:
        task = progress.add_task(name, total=config.steps)

        def show(step: int, losses: dict[str, float]) -> None:
            progress.update(task, completed=step + 1)
            if not console.is_terminal and step % 250 == 249:
                last = stage.curve[-1] if stage.curve else losses
                print(f'{name}: {step + 1} {json.dumps(last)}', flush=True)

        return stage.fit(config, checkpoint, start, show)


def _roll_out(
    args: argparse.Namespace, rows: list[dict[str, Any]], target: Path
) -> dict[str, Any]:
    """A round; its records are kept beside it, so that one that is gone on with counts whole."""
    from valet_core.dressing.evaluation.student_rollouts import roll_out
    from valet_core.dressing.evaluation.summary import summarise

    kept = target / 'records.jsonl'
    target.mkdir(parents=True, exist_ok=True)
    chosen = rows[: args.rollouts]
    for record in roll_out(chosen, args.out, args.data, target, args.gate, args.processes):
        with kept.open('a', encoding='utf-8') as file:
            file.write(json.dumps(record) + '\n')
    lines = kept.read_text(encoding='utf-8').splitlines() if kept.exists() else []
    return summarise([json.loads(line) for line in lines]) if lines else {}
