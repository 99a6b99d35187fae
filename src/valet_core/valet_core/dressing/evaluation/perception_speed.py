"""Time that perception takes for a frame, in all and by stage."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from valet_core.common.errors import MotionError
from valet_core.dressing.sim.regions import draw_cells
from valet_core.dressing.training.perception_scenes import (
    LabelledFrame,
    PerceptionScene,
    planned_steps,
)
from valet_core.perception.arm_inference import ArmNetwork
from valet_core.perception.arm_support import arm_support
from valet_core.perception.pipeline import Perceiver, PerceptionConfig, prepare
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.self_filter import SelfFilter
from valet_core.perception.voxels import voxelise

__all__ = ['STAGES', 'SpeedTrial', 'frame_times', 'summarise_times', 'timed_frames']

STAGES = ('prepare', 'network', 'support', 'voxels', 'whole')
"""Sampling without the robot, the network, what is seen of the arm, the cloud; and all of it."""

PERIOD = 1 / 15  # of the camera [s]
EVERY = 3  # actions (50 ms) from one frame of a dressing to the next


class SpeedTrial(NamedTuple):
    """Which frames are timed."""

    frames: int = 200
    """How many."""
    seed: int = 0
    """Of the scenes."""
    before: int = 10
    """Of each scene, before the garment moves."""
    during: int = 30
    """Of each scene at most, while the arm is dressed."""


def timed_frames(trial: SpeedTrial) -> Iterator[tuple[str, LabelledFrame]]:
    """Draw frames of seeded scenes, each with 'before' or 'during'."""
    left, index = trial.frames, 0
    while left > 0:
        cell = draw_cells(1, trial.seed + index, 'held_out')[0]
        index += 1
        try:
            scene = PerceptionScene(cell, trial.seed + index)
        except MotionError:
            continue  # out of the robot's reach
        try:
            for item in _scene_frames(scene, trial):
                if left > 0:
                    yield item
                    left -= 1
        finally:
            scene.close()


def frame_times(
    frames: Iterator[tuple[str, LabelledFrame]], model: Path, config: PerceptionConfig
) -> list[dict[str, Any]]:
    """Perceive frames, each as a whole and then stage by stage.

    Args:
        frames: from `timed_frames`.
        model: folder of the network.
        config: of perception.

    Returns:
        For each frame 'moment', and of each of `STAGES` the wall time and the processor's time
        [ms] under 'wall' and 'cpu'.
    """
    shape = RobotShape.named(config.robot)
    own, network = SelfFilter(shape, config.self_padding), ArmNetwork(model)
    perceiver = Perceiver(config, shape, model)
    rows: list[dict[str, Any]] = []
    for index, (moment, item) in enumerate(frames):
        if rows and (rows[-1]['moment'], moment) == ('during', 'before'):
            perceiver.reset()  # another scene
        frame, links = item.frame._replace(stamp=index * PERIOD), item.links
        clock = _Clock()
        clock.time('whole', perceiver.process, frame, links)
        pixels, seen, _ = clock.time('prepare', prepare, frame, links, own, config)
        output = clock.time('network', network, pixels)
        points, labels = pixels[..., 3:6][seen], output.labels[seen]
        clock.time('support', arm_support, output.joints, points, labels)
        clock.time('voxels', voxelise, points, labels, config.voxel)
        rows.append({'moment': moment, 'wall': clock.wall, 'cpu': clock.cpu})
    return rows


def summarise_times(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and 99th percentile [ms] of rows of `frame_times`, by moment, stage and clock."""
    result: dict[str, Any] = {}
    for moment in ('before', 'during', 'all'):
        chosen = [row for row in rows if moment in (row['moment'], 'all')]
        result[moment] = {'frames': len(chosen)}
        for stage in STAGES if chosen else ():
            entry = {}
            for clock in ('wall', 'cpu'):
                p50, p99 = np.percentile([row[clock][stage] for row in chosen], [50, 99])
                entry[clock] = {'p50': float(p50), 'p99': float(p99)}
            result[moment][stage] = entry
    return result


class _Clock:
    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def time(self, stage: str, work: Callable[..., Any], *arguments: Any) -> Any:
        wall, cpu = time.perf_counter(), time.thread_time()
        result = work(*arguments)
        self.wall[stage] = 1e3 * (time.perf_counter() - wall)
        self.cpu[stage] = 1e3 * (time.thread_time() - cpu)
        return result


def _scene_frames(
    scene: PerceptionScene, trial: SpeedTrial
) -> Iterator[tuple[str, LabelledFrame]]:
    for _ in range(trial.before):
        yield 'before', scene.capture(truth=False)
    taken = 0
    for done in planned_steps(scene.world):
        if taken == trial.during:
            return
        if done % EVERY == 0:
            yield 'during', scene.capture(truth=False)
            taken += 1
