"""`valet monitor fit`: a monitor for the node, from recordings of a policy."""

from __future__ import annotations

import argparse
from pathlib import Path

from valet_core.common.provenance import provenance
from valet_core.tools.monitor_results import (
    WRONG,
    add_threshold_arguments,
    config_of,
    show,
    write_result,
)

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'fit scores and thresholds on recorded episodes, and write a monitor for the node'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--episodes', type=Path, required=True, metavar='DIR',
        help='folder of recordings, one .npz an episode',
    )  # fmt: skip
    parser.add_argument(
        '--scores', nargs='+', default=['rnd_oe', 'ace_mean'], metavar='NAME',
        help='of the monitor (rnd_oe ace_mean)',
    )  # fmt: skip
    parser.add_argument(
        '--rule', choices=('and', 'or'), default='and', help='how their alarms join (%(default)s)'
    )
    add_threshold_arguments(parser, window=10, controls=(*WRONG, 'scorer_on_calibration'))
    parser.add_argument('--seed', type=int, default=0, help='of the monitor (%(default)s)')
    parser.add_argument('--epochs', type=int, default=250, help='of training (%(default)s)')
    parser.add_argument(
        '--position', type=int, nargs='+', default=[0, 1, 2], metavar='I',
        help='numbers of an action that move the tool, for the entropy (0 1 2)',
    )  # fmt: skip
    parser.add_argument(
        '--absolute', action='store_true', help='these are positions and no velocities'
    )
    parser.add_argument(
        '--group', default='', metavar='START',
        help="only successes whose group begins so, such as 'in' for those of the usual "
        'distribution; failures all count (all)',
    )  # fmt: skip
    parser.add_argument('--out', type=Path, metavar='DIR', help='write the monitor there')


def run(args: argparse.Namespace) -> int:
    """Evaluate over random splits, print; fit the monitor and write it."""
    from valet_core.common.config import as_mapping
    from valet_core.monitor.fit import FitConfig, evaluate_recordings, fit_monitor
    from valet_core.monitor.folder import save_monitor
    from valet_core.monitor.recording import read_episodes
    from valet_core.monitor.scores.settings import ScoreSettings, TrainingSettings

    settings = ScoreSettings(
        training=TrainingSettings(epochs=args.epochs), position=tuple(args.position),
        integrate=not args.absolute,
    )  # fmt: skip
    config = FitConfig(tuple(args.scores), args.rule, config_of(args), settings, args.seed)
    episodes = [
        e for e in read_episodes(args.episodes) if not e.success or e.group.startswith(args.group)
    ]
    result = write_result(args, episodes, evaluate_recordings(episodes, config, args.compare))
    show(result)
    if args.out:
        monitor = fit_monitor(episodes, config)
        about = {**provenance(), 'seed': args.seed, 'fit': as_mapping(config)}
        save_monitor(args.out, monitor, about, result)
        print(f'a monitor of {monitor.policy!r} by {monitor.detector.name} in {args.out}')
    return 0
