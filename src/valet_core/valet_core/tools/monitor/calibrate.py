"""`valet monitor calibrate`: thresholds for scores that anybody has logged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from valet_core.common.provenance import provenance
from valet_core.tools.monitor_results import (
    add_threshold_arguments,
    config_of,
    show,
    write_result,
)

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'thresholds for logged scores, and what each score and pair comes to'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--episodes', type=Path, nargs='+', required=True, metavar='FILE',
        help='JSON lines, an episode a line: {"episode_id", "success", "steps": [{"t", scores}]}',
    )  # fmt: skip
    add_threshold_arguments(parser, window=1)
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='write thresholds from all successes there'
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate over random splits, print, write; thresholds are made from all successes."""
    from valet_core.monitor.evaluation import evaluate_logs
    from valet_core.monitor.score_log import read_score_logs

    episodes = read_score_logs(args.episodes)
    result = write_result(
        args, episodes, evaluate_logs(episodes, config_of(args), args.compare)
    )
    show(result)
    if args.out:
        _write_thresholds(args, episodes, result)
    return 0


def _write_thresholds(args: argparse.Namespace, episodes: Any, result: dict[str, Any]) -> None:
    """Thresholds from all successes; only those that certify alpha."""
    from valet_core.monitor.dealing import deal_all
    from valet_core.monitor.evaluation import calibrate_methods
    from valet_core.monitor.folder import save_detector
    from valet_core.monitor.series import common_scores

    config = config_of(args)
    part = deal_all([e.windowed(args.window) for e in episodes], config)
    made = calibrate_methods(part, common_scores(episodes), config)
    certified = {d.name: d for d in made if not d.refusal}
    about = {**provenance(), 'style': args.style, 'window': args.window, 'seed': 0}
    save_detector(args.out, certified, about, {'methods': result['methods']})
    print(f'{len(certified)} methods with thresholds from {len(part.calibration)} successes in '
          f'{args.out}')  # fmt: skip
