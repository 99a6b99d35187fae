"""`valet eval monitor`: how well failures of a task are foreseen, and how often for nothing."""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.provenance import provenance
from valet_core.tools.drive_results import check_output
from valet_core.tools.monitor_results import show

if TYPE_CHECKING:
    from valet_core.monitor.studies.study import Study
    from valet_core.monitor.trace import EpisodeTrace

__all__ = ['HELP', 'STUDIES', 'add_arguments', 'find_study', 'run']

HELP = 'how well failures of a task are foreseen, and how often there is an alarm for nothing'
STUDIES = {
    'dressing': 'valet_core.dressing.evaluation.failures',
    'mobility': 'valet_core.mobility.evaluation.failures',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument('--task', required=True, choices=sorted(STUDIES), help='whose failures')
    parser.add_argument(
        '--alpha', type=float, required=True, metavar='A', help='bound on the false alarms, 0..0.5'
    )
    parser.add_argument(
        '--episodes', type=int, default=800, metavar='N',
        help='half of them usual, half under conditions that make failures (%(default)s)',
    )  # fmt: skip
    parser.add_argument('--seed', type=int, default=0, help='of the episodes (%(default)s)')
    parser.add_argument('--seeds', type=int, default=5, help='random splits (%(default)s)')
    parser.add_argument(
        '--traces', type=Path, metavar='DIR',
        help='recordings; those that are there are not made again '
        '(outputs/monitor/traces/TASK-SEED)',
    )  # fmt: skip
    parser.add_argument(
        '--epochs', type=int, default=30, help='of the networks of scores (%(default)s)'
    )
    parser.add_argument('--processes', type=int, default=2, help='(%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write all results')


def find_study(task: str) -> Study:
    """The study of a task."""
    study: Study = importlib.import_module(STUDIES[task]).STUDY
    return study


def run(args: argparse.Namespace) -> int:
    """Record, evaluate, print the table and write the results."""
    from valet_core.monitor.scores.settings import ScoreSettings, TrainingSettings
    from valet_core.monitor.studies.assessment import AssessmentConfig, assess

    check_output(args.json)
    settings = ScoreSettings(training=TrainingSettings(epochs=args.epochs))
    config = AssessmentConfig(args.alpha, args.seeds, settings)
    study = find_study(args.task)
    episodes = _episodes(args, study)
    began = time.process_time()
    found = assess(study, episodes, config)
    result = {
        **provenance(), 'task': args.task, 'policy': episodes[0].policy, 'alpha': args.alpha,
        'seed': args.seed, 'seeds': args.seeds, 'window': study.window, 'style': 'constant',
        'proposed': study.proposed, 'epochs': args.epochs, 'episodes': _counts(episodes),
        'conditions': [
            {'name': c.name, 'inside': c.inside, 'about': c.about} for c in study.conditions
        ],
        'assessment_s': time.process_time() - began, **found,
    }  # fmt: skip
    show({**result, 'compared': {}})
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def _episodes(args: argparse.Namespace, study: Study) -> list[EpisodeTrace]:
    """Those of the trials, in their order, which does not depend on who finished first."""
    from rich.console import Console
    from rich.progress import track

    from valet_core.monitor.studies.study import plan_trials, record_trials

    folder = args.traces or Path('outputs/monitor/traces') / f'{args.task}-{args.seed}'
    trials = plan_trials(study, args.episodes, args.seed)
    made = {}
    running = record_trials(study, trials, folder, args.processes)
    for trial, episode in track(
        running, f'{args.task} in {folder}', len(trials), console=Console(stderr=True)
    ):
        made[trial.name] = episode
    return [made[trial.name] for trial in trials]


def _counts(episodes: list[EpisodeTrace]) -> dict[str, Any]:
    """How many there are, by outcome and by group."""
    groups: dict[str, dict[str, int]] = {}
    for episode in episodes:
        row = groups.setdefault(episode.group, {'successes': 0, 'failures': 0})
        row['successes' if episode.success else 'failures'] += 1
    good = sum(e.success for e in episodes)
    return {
        'successes': good, 'failures': len(episodes) - good, 'groups': dict(sorted(groups.items()))
    }
