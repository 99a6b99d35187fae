"""`valet bench monitor`: time of a step of the failure monitor beside the policy's own."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valet_core.common.provenance import provenance

if TYPE_CHECKING:
    from valet_core.monitor.scores.score import Score
    from valet_core.monitor.trace import EpisodeTrace

__all__ = ['HELP', 'add_arguments', 'noise_episodes', 'run', 'step_times']

HELP = "time of a step of the failure monitor, by score, on made-up traces of a policy's size"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    for name, default, text in (
        ('samples', 32, 'chunks drawn a step, B'), ('embedding', 512, 'numbers of it, D'),
        ('horizon', 16, 'actions of a chunk, H'), ('actions', 6, 'numbers of an action, A'),
        ('steps', 2000, 'that are timed'), ('seed', 0, 'of the traces'),
    ):  # fmt: skip
        parser.add_argument(f'--{name}', type=int, default=default, help=f'{text} (%(default)s)')
    parser.add_argument('--json', type=Path, metavar='OUT', help='where to write the numbers')


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; 2 for wrong arguments."""
    from valet_core.monitor.roles import ScorerEpisodes
    from valet_core.monitor.scores.catalogue import SCORES, fit_scores
    from valet_core.monitor.scores.settings import ScoreSettings, TrainingSettings

    for name in ('samples', 'embedding', 'horizon', 'actions', 'steps'):
        if getattr(args, name) < 1:
            message = f'--{name} must be at least 1, received {getattr(args, name)}'
            print(f'valet bench monitor: {message}', file=sys.stderr)
            return 2
    episodes = noise_episodes(args, 4)
    settings = ScoreSettings(
        training=TrainingSettings(epochs=1),  # how good the weights are takes no time
        position=tuple(range(min(3, args.actions))),
    )
    scores = fit_scores(list(SCORES), ScorerEpisodes(tuple(episodes[:3])), settings, args.seed)
    table = step_times(scores, episodes[3], args.steps)
    print(f'{"[ms] of processor time":24}{"p50":>8}{"p99":>8}')
    for name, row in table.items():
        print(f'{name:24}{row["p50"]:8.3f}{row["p99"]:8.3f}')
    if args.json:
        sizes = {k: getattr(args, k) for k in ('samples', 'embedding', 'horizon', 'actions')}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        result = {**provenance(), **sizes, 'steps': args.steps, 'ms': table}
        args.json.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    return 0


def noise_episodes(sizes: Any, count: int) -> list[EpisodeTrace]:
    """Episodes of a hundred steps of noise, of `sizes.samples`, `.embedding` and so on."""
    from valet_core.monitor.trace import EpisodeTrace

    random, steps = np.random.default_rng(sizes.seed), 100
    chunk = (sizes.horizon, sizes.actions)

    def noise(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    return [
        EpisodeTrace(
            str(i), 'noise', True, 1 / 30, np.arange(steps) / 15, noise(steps, sizes.embedding),
            noise(steps, *chunk), noise(steps, sizes.samples, *chunk),
        )
        for i in range(count)
    ]  # fmt: skip


def step_times(
    scores: list[Score], episode: EpisodeTrace, steps: int
) -> dict[str, dict[str, float]]:
    """Median and 99th percentile of a step's processor time, by score and of all [ms]."""
    took: dict[str, list[float]] = {score.name: [] for score in scores}
    for index in range(steps):
        step = episode[index % len(episode)]._replace(step=index, stamp=index / 15)
        for score in scores:
            begun = time.thread_time()
            score.step(step)
            took[score.name].append(1e3 * (time.thread_time() - begun))
    rows = {**took, 'all': list(np.sum(list(took.values()), axis=0))}
    return {
        name: {'p50': float(np.percentile(row, 50)), 'p99': float(np.percentile(row, 99))}
        for name, row in rows.items()
    }
