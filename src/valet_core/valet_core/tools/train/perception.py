"""`valet train perception`: draw random scenes, train the network on them, write the model."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valet_core.common.provenance import provenance

if TYPE_CHECKING:
    from valet_core.dressing.training.arm_model import ArmNet

__all__ = ['HELP', 'add_arguments', 'run']

HELP = 'draw random scenes and train the network of perception on them'
HELD_OUT_SEED = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        '--data', type=Path, default=Path('outputs/perception_data'), help='(%(default)s)'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('models/arm_perception'), help='model (%(default)s)'
    )
    parser.add_argument(
        '--scenes',
        type=int,
        default=960,
        help='to draw, those that are there already included; 0 draws none (%(default)s)',
    )
    parser.add_argument(
        '--held-out',
        type=int,
        metavar='N',
        help='scenes of held-out poses to draw (one for each 40 scenes, at least 60)',
    )
    parser.add_argument(
        '--shard-scenes',
        type=int,
        default=20,
        metavar='N',
        help='drawn between one file and the next; scenes are rounded up to it (%(default)s)',
    )
    parser.add_argument(
        '--processes',
        type=int,
        default=2,
        help='that draw; seeds count up from --seed (%(default)s)',
    )
    parser.add_argument('--steps', type=int, default=4000, help='of the optimiser (%(default)s)')
    parser.add_argument('--batch', type=int, default=16, help='frames a step (%(default)s)')
    parser.add_argument('--rate', type=float, default=2e-3, help='of learning (%(default)s)')
    parser.add_argument('--seed', type=int, default=1, help='of everything (%(default)s)')
    parser.add_argument('--threads', type=int, default=1, help='of torch (%(default)s)')
    parser.add_argument('--init', type=Path, help='model whose weights to start from')
    parser.add_argument(
        '--robot', type=Path, default=Path('config/robot_ur5e.yaml'), help='(%(default)s)'
    )


def run(args: argparse.Namespace) -> int:
    """Draw, train, and write the model with what it scores on held-out poses."""
    if args.scenes:
        _draw(args)
    return _train(args)


def _draw(args: argparse.Namespace) -> None:
    """Draw the training scenes, and a few of held-out poses, in processes of their own."""
    share = -(-args.scenes // args.processes)
    held_out = max(60, args.scenes // 40) if args.held_out is None else args.held_out
    draws = [('train', share, args.seed + i) for i in range(args.processes)]
    draws.append(('held_out', held_out, HELD_OUT_SEED))
    jobs = [
        (args.data / split, scenes, seed, args.robot, split, args.shard_scenes)
        for split, scenes, seed in draws
    ]
    context = multiprocessing.get_context('spawn')
    with context.Pool(args.processes) as pool:
        pool.starmap(_draw_some, jobs, chunksize=1)


def _draw_some(
    folder: Path, scenes: int, seed: int, robot: Path, split: str, shard_scenes: int
) -> None:
    from valet_core.dressing.training.perception_data import generate
    from valet_core.perception.robot_shape import RobotShape

    shape = RobotShape.load(robot)
    for count in generate(folder, scenes, seed, shape, split, shard_scenes):
        print(f'{split} {seed}: {count} frames', flush=True)


def _train(args: argparse.Namespace) -> int:
    import torch

    from valet_core.dressing.training.arm_export import load_model, save_model
    from valet_core.dressing.training.arm_model import ArmNetConfig
    from valet_core.dressing.training.perception_store import FrameStore
    from valet_core.dressing.training.perception_training import TrainingConfig, score, train

    torch.set_num_threads(args.threads)
    store, held_out = FrameStore(args.data / 'train'), FrameStore(args.data / 'held_out')
    config = TrainingConfig(args.steps, args.batch, args.rate, seed=args.seed)
    start = load_model(args.init) if args.init else None
    log = _Log(args.steps)

    def keep(step: int, model: ArmNet) -> None:
        result = score(model, held_out)
        print(f'step {step}: held out {json.dumps(result)}', flush=True)
        about = {
            **provenance(),
            'training': {**vars(config), 'step': step, 'frames': len(store)},
            'held_out_frames': result,
        }
        save_model(model, args.out, about)

    network = start.config if start else ArmNetConfig()
    weights = start.state_dict() if start else None
    keep(args.steps, train(store, config, network, log, keep, weights))
    return 0


class _Log:
    """Prints the mean of each loss now and then."""

    def __init__(self, steps: int, every: int = 50) -> None:
        self.steps, self.every = steps, every
        self._sums: dict[str, float] = {}
        self._since = time.perf_counter()

    def __call__(self, step: int, parts: dict[str, Any]) -> None:
        for name, value in parts.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if step % self.every != self.every - 1:
            return
        now = time.perf_counter()
        means = ' '.join(f'{k} {v / self.every:.3f}' for k, v in self._sums.items())
        pace = (now - self._since) / self.every
        print(f'{step + 1}/{self.steps} {means} {pace:.2f} s/step', file=sys.stderr, flush=True)
        self._sums.clear()
        self._since = now
