"""`valet demo-failure`: a garment gets caught, and the robot stops before it pulls.

Runs the episode, runner and limiter that the nodes run, without the graph: once with nobody who
watches, and once with an alarm that stops the robot.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valet_core.dressing.evaluation.watched import Watched

__all__ = ['FORCE_LIMIT', 'HELP', 'add_arguments', 'draw', 'run', 'told']

HELP = 'a garment gets caught: the alarm comes before the force limit, and the robot stops'
FORCE_LIMIT = 35.0  # of the gate, until the hand is in [N]
CELL_SEED = 1001  # of the trial that is shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--monitor', default='outputs/monitor/dressing',
        help='of the planner, as `valet monitor fit` writes it; name or folder (%(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--condition', default='caught', help='what goes wrong, as in `valet eval monitor`'
    )
    parser.add_argument(
        '--seed', type=int, default=CELL_SEED, help='of person and garment (%(default)s)'
    )
    parser.add_argument(
        '--output', type=Path, default=Path('outputs/demo_failure'), help='(%(default)s)'
    )


def run(args: argparse.Namespace) -> int:
    """Run both, draw and tell; 0 only if the alarm kept the force below the limit."""
    from valet_core.common.assets import find_model
    from valet_core.common.provenance import provenance
    from valet_core.dressing.control.registry import DRESSING_POLICIES
    from valet_core.dressing.evaluation import failures
    from valet_core.dressing.evaluation.episode import evaluation_task
    from valet_core.dressing.evaluation.watched import run_watched
    from valet_core.dressing.sim.cloth_scene import ClothConfig
    from valet_core.dressing.sim.dressing_env import DressingEnv
    from valet_core.dressing.sim.observers import make_observer
    from valet_core.monitor.folder import load_monitor
    from valet_core.monitor.studies.study import Trial

    trial = Trial(failures.STUDY.condition(args.condition), 0, args.seed)
    monitor = load_monitor(find_model(args.monitor))
    env = DressingEnv(
        observer=make_observer(failures.OBSERVER), task=evaluation_task(),
        cloth=ClothConfig(catchable=True),
    )  # fmt: skip
    policy = DRESSING_POLICIES.make(failures.POLICY)
    cell, trouble = failures.cell_of(trial), failures.trouble_of(trial)
    alone, watched = (
        run_watched(env, policy, cell, trouble, monitor, stop) for stop in (False, True)
    )
    result = {**provenance(), 'condition': args.condition, 'seed': args.seed,
              'method': monitor.detector.name, 'alpha': monitor.alpha,
              **told(alone, watched)}  # fmt: skip
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / 'result.json').write_text(json.dumps(result, indent=1) + '\n')
    draw(alone, watched, args.output / 'failure.png')
    for key in ('alarm_s', 'limit_passed_s', 'peak_alone_n', 'peak_watched_n', 'foreseen'):
        print(f'{key:16} {result[key]}')
    print(f'picture and result in {args.output}')
    return 0 if result['foreseen'] else 1


def told(alone: Watched, watched: Watched) -> dict[str, Any]:
    """Alarm, forces and whether the alarm came before the force limit and kept below it."""
    above = alone.force_time[alone.force > FORCE_LIMIT]
    passed = float(above[0]) if len(above) else None
    peak = float(watched.force.max())
    early = watched.alarm is not None and (passed is None or watched.alarm < passed)
    return {
        'alarm_s': watched.alarm, 'limit_passed_s': passed,
        'peak_alone_n': float(alone.force.max()), 'peak_watched_n': peak,
        'outcome_alone': alone.outcome, 'outcome_watched': watched.outcome,
        'success_alone': alone.success,
        'foreseen': bool(early and peak <= FORCE_LIMIT),
    }  # fmt: skip


def draw(alone: Watched, watched: Watched, path: Path) -> None:
    """One plot: scores by their thresholds, alarm and force on one time axis."""
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(9.0, 6.0))
    for k, name in enumerate(watched.names):
        share = alone.scores[:, k] / alone.thresholds[:, k]
        (line,) = above.plot(alone.score_time, share, alpha=0.4)
        share = watched.scores[:, k] / watched.thresholds[:, k]
        above.plot(watched.score_time, share, color=line.get_color(), label=name)
    above.axhline(1.0, color='black', linestyle='--', label='threshold')
    above.set(ylabel='score / threshold')
    below.plot(alone.force_time, alone.force, color='tab:gray', label='nobody watches')
    below.plot(watched.force_time, watched.force, color='tab:blue', label='stopped by the alarm')
    below.axhline(FORCE_LIMIT, color='black', linestyle='--', label='force limit')
    below.set(xlabel='time [s]', ylabel='force on the tool [N]')
    for axis in (above, below):
        if watched.alarm is not None:
            axis.axvline(watched.alarm, color='tab:red', label='alarm')
        axis.legend(loc='upper left')
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
