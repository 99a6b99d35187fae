"""Stage 1: a base policy that imitates the teacher on few bodies, with DAgger.

Ross et al., 2011: the student drives, the teacher says what it would have done, and the student
learns from all of it.
"""

import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from valet_core.common.config import check, setting
from valet_core.learning.mlp import make_mlp, to_mlp
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.features import FeatureConfig, feature_size, mirror_index
from valet_core.mobility.control.networks import ACTIONS, PolicyNetwork
from valet_core.mobility.training.teacher import Teacher
from valet_core.mobility.training.training_drives import MobilityTask, training_worlds
from valet_core.policy.mlp import Mlp

__all__ = ['Examples', 'ImitationConfig', 'fit', 'imitate']


@dataclasses.dataclass(frozen=True)
class ImitationConfig:
    """Amounts of data and training."""

    hidden: tuple[int, ...] = setting((256, 128), 'hidden layers', '', 4, 4096)
    worlds: int = setting(40, 'worlds of each scene', '', 1, 10000)
    robots: int = setting(64, 'robots at once', '', 1, 10000)
    steps: tuple[int, ...] = setting((200, 200, 250, 250, 250), 'steps a round', '', 1, 100000)
    epochs: int = setting(12, 'passes after each round', '', 1, 1000)
    batch: int = setting(512, 'examples of a gradient step', '', 1, 100000)
    learning_rate: float = setting(1e-3, 'of AdamW', '', 1e-6, 1.0)
    seed: int = setting(0, 'of everything', '', 0, None)

    def __post_init__(self) -> None:
        check(self)


class Examples:
    """Features and the actions wanted for them; grows by rounds."""

    def __init__(self) -> None:
        """Start empty."""
        self.features: list[np.ndarray] = []
        self.actions: list[np.ndarray] = []

    def add(self, features: np.ndarray, actions: np.ndarray) -> None:
        """Append features (N, F) and actions (N, ...)."""
        self.features.append(features.astype(np.float32))
        self.actions.append(actions.astype(np.float32))

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """All of them."""
        return (torch.from_numpy(np.concatenate(self.features)),
                torch.from_numpy(np.concatenate(self.actions)))  # fmt: skip


def fit(
    model: torch.nn.Module, examples: Examples, config: ImitationConfig,
    features: FeatureConfig, loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    passes: int, rng: np.random.Generator, signs: Sequence[float] = (1.0, -1.0, -1.0),
) -> float:
    """Train a model on examples and, half of the time, on their mirror images.

    Args:
        model: from features to what `loss` compares.
        examples: to learn from.
        config: batch size and learning rate.
        features: of the examples.
        loss: of outputs and targets.
        passes: over the examples; the learning rate falls to a tenth.
        rng: of the order.
        signs: of a target's entries in the mirror.

    Returns:
        The mean loss of the last pass.
    """
    inputs, targets = examples.tensors()
    index, sign = mirror_index(features)
    index_t, sign_t = torch.from_numpy(index), torch.from_numpy(sign)
    flip = torch.tensor(signs, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate)
    total = passes * max(len(inputs) // config.batch, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 0.1 ** (k / total))
    mean = 0.0
    for _ in range(passes):
        order = torch.from_numpy(rng.permutation(len(inputs)))
        losses = []
        for start in range(0, len(order) - config.batch + 1, config.batch):
            pick = order[start : start + config.batch]
            x, y = inputs[pick], targets[pick]
            if rng.random() < 0.5:
                x, y = x[:, index_t] * sign_t, y * flip
            value = loss(model(x), y)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(value.detach()))
        mean = float(np.mean(losses)) if losses else float('nan')
    return mean


def imitate(
    embodiments: Sequence[Embodiment], config: ImitationConfig,
    report: Callable[[dict[str, float | int | str]], None] = print,
    keep: Callable[[PolicyNetwork], None] | None = None,
) -> PolicyNetwork:
    """Train the base policy.

    Args:
        embodiments: the bodies it learns on.
        config: amounts.
        report: is given a record after each round.
        keep: is given the policy after each round.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(config.seed)
    features = FeatureConfig()
    tasks = [
        MobilityTask(e, training_worlds(e, config.worlds), config.robots, config.seed, None,
                     features) for e in embodiments
    ]  # fmt: skip
    model = make_mlp((feature_size(features), *config.hidden, ACTIONS))
    examples, student = Examples(), None
    for turn, steps in enumerate(config.steps):
        began = time.monotonic()
        record: dict[str, float | int | str] = {'round': turn}
        for task in tasks:
            record |= _collect(task, student, steps, examples, rng)
        loss = torch.nn.functional.mse_loss
        record['loss'] = fit(model, examples, config, features, loss, config.epochs, rng)
        student = to_mlp(model)
        record['examples'] = sum(map(len, examples.features))
        record['seconds'] = round(time.monotonic() - began, 1)
        report(record)
        if keep is not None:
            keep(PolicyNetwork(student, features))
    assert student is not None
    return PolicyNetwork(student, features)


def _collect(
    task: MobilityTask, student: Mlp | None, steps: int, examples: Examples,
    rng: np.random.Generator,
) -> dict[str, float | int | str]:
    """One round: the teacher drives the first, the student the others, both disturbed."""
    teacher = Teacher(task.embodiment, task.known)
    seen = task.reset()
    task.drives = task.arrivals = task.collisions = 0
    jitter = np.zeros((task.count, ACTIONS))
    for _ in range(steps):
        sim = task.sim
        wanted = task.map.actions(teacher.commands(
            sim.pose, sim.velocity, sim._steer, sim.world, sim.task, task.period
        ))  # fmt: skip
        examples.add(seen, wanted)
        jitter = 0.9 * jitter + 0.1 * rng.standard_normal(jitter.shape)
        action = wanted if student is None else student(seen)
        seen = task.step(action + (1.0 if student is None else 0.3) * jitter).features
    name = task.embodiment.name
    share = task.arrivals / max(task.drives, 1)
    return {f'{name}_success': round(share, 3), f'{name}_drives': task.drives}
