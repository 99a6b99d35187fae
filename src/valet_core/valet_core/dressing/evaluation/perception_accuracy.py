"""Perception against the truth of random scenes: labels, joints and time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.common.config import check, setting
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping
from valet_core.dressing.sim.regions import region_of
from valet_core.dressing.training.perception_scenes import (
    LabelledFrame,
    PerceptionScene,
    planned_steps,
)
from valet_core.perception.arm_estimate import JOINT_NAMES
from valet_core.perception.labels import Label
from valet_core.perception.pipeline import Perceiver, Percept, PerceptionConfig, prepare
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.self_filter import SelfFilter
from valet_core.perception.voxels import voxelise

__all__ = ['PerceptionEvaluation', 'PerceptionTrial', 'evaluate_scene', 'summarise_perception']

MOMENTS = ('before', 'during')
PERIOD = 1.0 / 15.0


@dataclass(frozen=True)
class PerceptionTrial:
    """How a scene is looked at."""

    frames_before: int = setting(6, 'before the garment moves', '', 1, 1000)
    moments: int = setting(3, 'random moments of the dressing that count', '', 0, 100)
    latest: int = setting(150, 'action of the dressing that the moments come before', '', 1, 400)
    every: int = setting(3, 'actions (50 ms) from one frame to the next', '', 1, 100)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class PerceptionEvaluation:
    """Perception, and what it takes to compare it with the truth."""

    def __init__(
        self,
        config: PerceptionConfig,
        shape: RobotShape,
        model_folder: Path,
        trial: PerceptionTrial,
    ) -> None:
        """Load the model."""
        self.config, self.trial = config, trial
        self.perceiver = Perceiver(config, shape, model_folder)
        self._filter = SelfFilter(shape, config.self_padding)
        self.times: list[tuple[float, float]] = []

    def perceive(self, item: LabelledFrame) -> Percept:
        """Perceive a frame and note the wall time and the processor's time that it took [s]."""
        wall, busy = time.perf_counter(), time.thread_time()
        percept = self.perceiver.process(item.frame, item.links)
        self.times.append((time.perf_counter() - wall, time.thread_time() - busy))
        return percept

    def compare(self, item: LabelledFrame, percept: Percept) -> dict[str, Any]:
        """Confusion of the labels and errors of the joints for one frame.

        The true label of a point is that of most pixels that it was made of.
        """
        pixels, seen, _ = prepare(item.frame, item.links, self._filter, self.config)
        points = pixels[seen][:, 3:6]
        _, truth = voxelise(points, item.labels[seen], self.config.voxel)
        pairs = truth.astype(int) * len(Label) + percept.labels
        confusion = np.bincount(pairs, minlength=len(Label) ** 2).reshape(len(Label), -1)
        error, confidence = [None] * 4, [0.0] * 4
        if percept.arm is not None:
            error = np.linalg.norm(percept.arm.joints - item.joints, axis=1).tolist()
            confidence = percept.arm.confidence.tolist()
        return {
            'confusion': confusion.tolist(),
            'error_m': error,
            'confidence': confidence,
            'captured': percept.captured,
            'covered': item.covered,
        }


def evaluate_scene(
    evaluation: PerceptionEvaluation, cell: DressingCell, seed: int
) -> dict[str, Any]:
    """Look at one scene from before the dressing to its last moment that counts.

    Returns:
        'cell', 'region', 'moments' (each with 'moment' and the fields of `compare`), 'step_ms'
        and 'step_cpu_ms' of every frame.
    """
    trial = evaluation.trial
    rng = np.random.default_rng([seed, 8])
    chosen = sorted(rng.choice(np.arange(1, trial.latest), trial.moments, replace=False).tolist())
    scene = PerceptionScene(cell, seed)
    evaluation.perceiver.reset()
    evaluation.times = []
    records = []
    try:
        for item in _before(scene, trial):
            percept = evaluation.perceive(item)
        records.append({'moment': 'before', **evaluation.compare(item, percept)})
        for item, counts in _during(scene, trial, chosen):
            percept = evaluation.perceive(item)
            if counts:
                records.append({'moment': 'during', **evaluation.compare(item, percept)})
    finally:
        scene.close()
    times = 1e3 * np.array(evaluation.times)
    region = region_of(cell.person)
    return {
        'cell': cell_to_mapping(cell),
        'region': None if region is None else region.name,
        'moments': records,
        'step_ms': times[:, 0].round(3).tolist(),
        'step_cpu_ms': times[:, 1].round(3).tolist(),
    }


def summarise_perception(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Label IoU over all points, joint errors and times.

    Returns:
        'before' and 'during', each with 'frames', 'iou' of each label, 'not_found' (share of
        frames without an arm), 'joints' (for each joint and 'all': 'median_m', 'p95_m', and
        'confidence', its mean); 'right' and 'left' like 'before' for one arm; 'iou' over both
        moments; 'step_ms' and 'step_cpu_ms' with 'p50', 'p99' and 'max'.
    """
    moments = [(r['cell']['side'], m) for r in records for m in r['moments']]
    summary: dict[str, Any] = {'scenes': len(records)}
    for name in MOMENTS:
        summary[name] = _summarise([m for _, m in moments if m['moment'] == name])
    for side in ('right', 'left'):
        own = [m for s, m in moments if s == side and m['moment'] == 'before']
        summary[side] = _summarise(own)
    summary['iou'] = _iou([m for _, m in moments])
    for key in ('step_ms', 'step_cpu_ms'):
        times = np.concatenate([r[key] for r in records])
        p50, p99 = np.percentile(times, [50, 99])
        summary[key] = {
            'p50': float(p50),
            'p99': float(p99),
            'max': float(times.max()),
            'frames': len(times),
        }
    return summary


def _before(scene: PerceptionScene, trial: PerceptionTrial) -> Iterator[LabelledFrame]:
    for index in range(trial.frames_before):
        item = scene.capture(truth=index == trial.frames_before - 1)
        # The world stands still; the camera's clock does not.
        early = (index - trial.frames_before) * PERIOD
        yield item._replace(frame=item.frame._replace(stamp=item.frame.stamp + early))


def _during(
    scene: PerceptionScene, trial: PerceptionTrial, chosen: list[int]
) -> Iterator[tuple[LabelledFrame, bool]]:
    """Frames of the dressing, and whether each one counts."""
    left = list(chosen)
    for done in planned_steps(scene.world):
        if not left:
            return
        counts = done >= left[0]
        if counts or done % trial.every == 0:
            yield scene.capture(truth=counts), counts
        if counts:
            left.pop(0)
    for index in range(len(left)):  # a dressing that was over sooner: its end counts
        item = scene.capture()
        later = item.frame.stamp + (index + 1) * PERIOD
        yield item._replace(frame=item.frame._replace(stamp=later)), True


def _summarise(moments: list[dict[str, Any]]) -> dict[str, Any]:
    found = [m for m in moments if m['error_m'][0] is not None]
    result: dict[str, Any] = {
        'frames': len(moments),
        'iou': _iou(moments),
        'not_found': 1.0 - len(found) / len(moments) if moments else None,
    }
    if found:
        errors = np.array([m['error_m'] for m in found])
        confidence = np.array([m['confidence'] for m in found])
        columns = {name: [i] for i, name in enumerate(JOINT_NAMES)} | {'all': [0, 1, 2, 3]}
        result['joints'] = {
            name: {
                'median_m': float(np.median(errors[:, index])),
                'p95_m': float(np.percentile(errors[:, index], 95)),
                'confidence': float(confidence[:, index].mean()),
            }
            for name, index in columns.items()
        }
        result['captured'] = float(np.mean([m['captured'] for m in found]))
    return result


def _iou(moments: list[dict[str, Any]]) -> dict[str, float]:
    if not moments:
        return {}
    total = np.sum([m['confusion'] for m in moments], axis=0)
    hit = np.diag(total)
    union = total.sum(axis=0) + total.sum(axis=1) - hit
    return {label.name.lower(): float(hit[label] / max(union[label], 1)) for label in Label}
