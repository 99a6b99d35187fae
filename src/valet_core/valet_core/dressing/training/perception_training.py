"""Training of perception's network."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from valet_core.common.config import check, setting
from valet_core.dressing.training.arm_model import ArmNet, ArmNetConfig
from valet_core.dressing.training.perception_augment import IGNORED, Batch, augment
from valet_core.dressing.training.perception_store import FrameStore
from valet_core.perception.labels import Label

__all__ = ['TrainingConfig', 'losses', 'score', 'train']

# Few pixels are the arm's, and most of the others are easy.
_LABEL_WEIGHTS = {Label.OTHER: 0.5, Label.ARM: 1.5, Label.GARMENT: 1.2, Label.BODY: 0.8}


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is trained."""

    steps: int = setting(4000, 'of the optimiser', '', 1, 1_000_000)
    batch: int = setting(16, 'frames a step', '', 1, 1024)
    rate: float = setting(2e-3, 'highest learning rate', '', 1e-6, 1.0)
    decay: float = setting(1e-4, 'of the weights', '', 0.0, 1.0)
    average: float = setting(0.998, 'of the weights over steps', '', 0.0, 0.9999)
    seed: int = setting(0, 'of weights, order and variations', '', 0, 2**31 - 1)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def losses(model: ArmNet, batch: Batch) -> dict[str, torch.Tensor]:
    """What is minimised, by name; their sum counts.

    - label: cross-entropy of the pixels that have points.
    - joint: distance of each joint, in units of 5 cm.
    - vote: the same of the single votes by their weights, so that each is good by itself.
    - error: -log likelihood of the distances, exponential with the expected error as mean.
    """
    logits, places, votes = model.features(batch.pixels)
    joints, log_error, (weight, point) = model.gather(places, votes)
    weights = torch.tensor([_LABEL_WEIGHTS[label] for label in Label])
    label = F.cross_entropy(logits.float(), batch.labels, weights, ignore_index=IGNORED)
    distance = (joints - batch.joints).norm(dim=2)  # (b, 4)
    single = (point - batch.joints[..., None]).norm(dim=2)  # (b, 4, n)
    expected = log_error.clamp(-7.0, 1.0)
    return {
        'label': 2.0 * label,
        'joint': distance.mean() / 0.05,
        'vote': 0.5 * (single * weight).sum(2).mean() / 0.05,
        'error': 0.1 * (distance.detach() * (-expected).exp() + expected + 4.0).mean(),
    }


def train(
    store: FrameStore,
    config: TrainingConfig,
    network: ArmNetConfig,
    progress: Callable[[int, dict[str, float]], None],
    checkpoint: Callable[[int, ArmNet], None],
    start: dict[str, Any] | None = None,
) -> ArmNet:
    """Train from a store of frames, which may still be growing.

    Args:
        store: training frames.
        config: how.
        network: what.
        progress: called each step with its losses.
        checkpoint: called each 500 steps with the averaged network.
        start: weights to start from, random ones by default.

    Returns:
        The network with its weights averaged over steps.
    """
    torch.manual_seed(config.seed)
    model = ArmNet(network).to(memory_format=torch.channels_last)
    if start is not None:
        model.load_state_dict(start)
    averaged = copy.deepcopy(model).eval()
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.rate, weight_decay=config.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.rate, total_steps=config.steps, pct_start=0.1
    )
    batches = _batches(store, config)
    for step in range(config.steps):
        with torch.autocast('cpu', torch.bfloat16):
            parts = losses(model, next(batches))
        optimiser.zero_grad()
        torch.stack(list(parts.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        _average(averaged, model, min(config.average, (1 + step) / (10 + step)))
        progress(step, {name: float(part.detach()) for name, part in parts.items()})
        if step % 500 == 499:
            checkpoint(step + 1, averaged)
    return averaged


@torch.no_grad()
def score(model: ArmNet, store: FrameStore, batch: int = 32) -> dict[str, Any]:
    """Label IoU and joint errors on every frame of a store, each frame by itself.

    Returns:
        For 'before' and 'during' dressing: 'frames', 'iou' of each label, and 'median' and
        'p95' of each joint's error [m].
    """
    confusion = {k: np.zeros((len(Label), len(Label))) for k in (False, True)}
    errors: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for start in range(0, len(store), batch):
        index = np.arange(start, min(start + batch, len(store)))
        frames, covered = store.load(index), store.covered(index)
        logits, joints, _ = model(frames.pixels)
        distance = (joints - frames.joints).norm(dim=2).numpy()
        guess, truth = logits.argmax(1).numpy(), frames.labels.numpy()
        for kind in (False, True):
            chosen = covered == kind
            seen = truth[chosen] != IGNORED
            pairs = truth[chosen][seen] * len(Label) + guess[chosen][seen]
            confusion[kind] += np.bincount(pairs, minlength=len(Label) ** 2).reshape(4, 4)
            errors[kind].append(distance[chosen])
    names = {False: 'before', True: 'during'}
    return {names[k]: _summary(confusion[k], np.concatenate(errors[k])) for k in (False, True)}


def _summary(confusion: np.ndarray, errors: np.ndarray) -> dict[str, Any]:
    hit = np.diag(confusion)
    union = confusion.sum(0) + confusion.sum(1) - hit
    result: dict[str, Any] = {'frames': len(errors)}
    result['iou'] = {x.name.lower(): float(hit[x] / max(union[x], 1)) for x in Label}
    if len(errors):
        result['median'] = np.median(errors, axis=0).round(4).tolist()
        result['p95'] = np.percentile(errors, 95, axis=0).round(4).tolist()
    return result


def _batches(store: FrameStore, config: TrainingConfig) -> Iterator[Batch]:
    rng = np.random.default_rng([config.seed, 4])
    generator = torch.Generator().manual_seed(config.seed)
    while True:
        store.refresh()
        order = rng.permutation(len(store))
        for start in range(0, len(order) - config.batch + 1, config.batch):
            index = np.sort(order[start : start + config.batch])
            yield augment(store.load(index), generator)


def _average(averaged: ArmNet, model: ArmNet, share: float) -> None:
    with torch.no_grad():
        for kept, new in zip(averaged.parameters(), model.parameters(), strict=True):
            kept.lerp_(new, 1 - share)
