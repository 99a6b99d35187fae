"""Training frames of perception, drawn by the simulator."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from valet_core.common.errors import MotionError
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.regions import draw_cells
from valet_core.dressing.training.perception_scenes import (
    LabelledFrame,
    PerceptionScene,
    planned_steps,
)
from valet_core.dressing.training.perception_store import UNSEEN, write_shard
from valet_core.perception.pipeline import PerceptionConfig, prepare
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.self_filter import SelfFilter

__all__ = ['LOOSENESS', 'generate', 'training_frame']

LOOSENESS = 0.12
"""How much more than in use the camera's place varies [m]."""

STILL_VIEWS, MOVING_VIEWS, MOVING_FRAMES = 4, 4, 16
MOVING_SHARE = 0.25
SHARD_SCENES = 20


def generate(
    folder: Path,
    scenes: int,
    seed: int,
    shape: RobotShape,
    split: str = 'train',
    shard_scenes: int = SHARD_SCENES,
) -> Iterator[int]:
    """Write frames of random scenes, in shards.

    Most scenes are seen before dressing only; in some the planner dresses the arm and it is seen
    at random moments of that.

    Args:
        folder: to write shards into.
        scenes: how many; rounded up to whole shards.
        seed: of the scenes; also in the shards' names, so that runs of different seeds add up.
        shape: the robot's links.
        split: which poses.
        shard_scenes: scenes of a shard; the same in every run that adds to a folder.

    Yields:
        Number of frames after each shard.
    """
    count = 0
    for shard in range(-(-scenes // shard_scenes)):
        path = folder / f'shard_{split}_{seed:05d}_{shard:05d}'
        if path.exists():
            continue
        cells = draw_cells(shard_scenes, 100_000 + 10_000 * seed + shard, split)
        frames = []
        for index, cell in enumerate(cells):
            scene = seed * 1_000_000 + shard * shard_scenes + index
            frames += _scene_frames(cell, scene, shape)
        write_shard(path, frames, {'seed': seed, 'shard': shard, 'split': split})
        count += len(frames)
        yield count


def training_frame(item: LabelledFrame, self_filter: SelfFilter) -> dict[str, np.ndarray]:
    """What the network is given of a frame, and what it should make of it."""
    pixels, seen, _ = prepare(item.frame, item.links, self_filter, PerceptionConfig())
    labels = np.where(seen, item.labels, item.labels + UNSEEN).astype(np.uint8)
    return {
        'pixels': pixels,
        'labels': labels,
        'joints': item.joints,
        'covered': np.array(item.covered),
    }


def _scene_frames(cell: DressingCell, seed: int, shape: RobotShape) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng([seed, 7])
    own = SelfFilter(shape, PerceptionConfig().self_padding)
    moving = rng.random() < MOVING_SHARE
    try:
        scene = PerceptionScene(cell, seed, settle_s=float(rng.uniform(0.2, 0.8)))
    except MotionError:
        return []
    frames = []

    def take() -> None:
        scene.place_camera(LOOSENESS)
        frames.append(training_frame(scene.capture(), own))

    try:
        for _ in range(MOVING_VIEWS if moving else STILL_VIEWS):
            take()
        if moving:
            moments = set(rng.choice(np.arange(2, 190), MOVING_FRAMES, replace=False).tolist())
            for done in planned_steps(scene.world):
                if done in moments:
                    take()
                if done >= max(moments):
                    break
    finally:
        scene.close()
    return frames


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('robot', type=Path)
    parser.add_argument('--scenes', type=int, default=1000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--split', default='train')
    args = parser.parse_args()
    shape = RobotShape.load(args.robot)
    for count in generate(args.folder, args.scenes, args.seed, shape, args.split):
        print(count, flush=True)


if __name__ == '__main__':
    _main()
