"""The stage that makes a student: what it learns from, its fit, and the folder it ends in."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from valet_core.common.errors import InvalidInputError
from valet_core.common.provenance import provenance
from valet_core.dressing.control.observation import ACTIONS
from valet_core.dressing.control.student_config import StudentConfig
from valet_core.dressing.control.student_features import CHANNELS, POINTS, STATE
from valet_core.dressing.training.demonstrations import Demonstration, read_demonstration
from valet_core.dressing.training.student_data import AugmentConfig, StudentData
from valet_core.dressing.training.student_export import load_student, save_student
from valet_core.dressing.training.student_training import FitConfig, fit_student, held_out_error
from valet_core.dressing.training.teacher_archive import TeacherArchive
from valet_core.policy.chunk_network import ChunkNetwork, ChunkNetworkConfig

__all__ = ['StudentStage', 'draw_curve', 'teacher_rows']

TESTED = 8  # of so many cells one is kept out of the fit, to measure its error
EVERY = 50  # steps between two points of the learning curve

Show = Callable[[int, dict[str, float]], None]


def teacher_rows(archive: TeacherArchive) -> list[dict[str, Any]]:
    """The best attempt at each cell that has a demonstration.

    Raises:
        InvalidInputError: where there is none.
    """
    rows = [row for row in archive.best() if row.get('demonstration')]
    if not rows:
        raise InvalidInputError(
            f'{archive.folder}: holds no demonstration; allowed: a folder that '
            '`./valet train dressing --stage teachers` has filled'
        )
    return rows


class StudentStage:
    """Fits students to what teachers have shown and labelled.

    Attributes:
        curve: points of the learning curve so far.
    """

    def __init__(
        self, rows: Sequence[dict[str, Any]], folders: Sequence[Path], network: str,
        objective: str, augment: AugmentConfig,
    ) -> None:
        """Take what there is to learn from.

        Args:
            rows: of the archive.
            folders: of demonstrations, under the names that the rows give.
            network: kind of the encoder.
            objective: 'ddim' or 'mip'.
            augment: of the observations.
        """
        self._rows, self._folders = list(rows), list(folders)
        self._augment = augment
        self._config = ChunkNetworkConfig(
            encoder=network, points=POINTS, channels=CHANNELS, state=STATE,
            chunk=StudentConfig().horizon * len(ACTIONS), objective=objective,
        )
        self.curve: list[dict[str, float]] = []

    def fit(
        self, config: FitConfig, checkpoint: Path, start: Path | None = None,
        show: Show = lambda step, losses: None,
    ) -> ChunkNetwork:
        """Fit to all demonstrations but those of the cells that are kept out.

        Args:
            config: of the fit.
            checkpoint: file that is gone on from.
            start: model folder to begin with; a new network by default.
            show: called at every step.
        """
        learnt, tested = self._data()
        kept = checkpoint.with_suffix('.curve.json')
        if checkpoint.exists() and kept.exists():
            self.curve = json.loads(kept.read_text(encoding='utf-8'))
        torch.manual_seed(config.seed)
        network = ChunkNetwork(self._config) if start is None else load_student(start).train()
        sums: dict[str, float] = {}

        def progress(step: int, losses: dict[str, float]) -> None:
            show(step, losses)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value / EVERY
            if step % EVERY == EVERY - 1:
                error = held_out_error(network, tested, config.seed) if tested else None
                point = {**sums} if error is None else {**sums, 'held_out': error}
                # A fit that went back to its checkpoint comes by some points again.
                self.curve = [p for p in self.curve if p['step'] <= step]
                self.curve.append({'step': step + 1, **point})
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps(self.curve) + '\n', encoding='utf-8')
                sums.clear()

        return fit_student(network, learnt, config, self._augment, checkpoint, progress)

    def write(
        self, network: ChunkNetwork, folder: Path, config: FitConfig, results: dict[str, Any]
    ) -> None:
        """Write the model folder; see `save_student`."""
        made = {**provenance(), 'date': time.strftime('%Y-%m-%d')}
        about = {**made, 'training': vars(config), 'augment': vars(self._augment),
                 'cells': len(self._rows)}  # fmt: skip
        student = StudentConfig(sampler=self._config.objective)
        metrics = {'curve': self.curve, **results}
        card = _card(folder.name, made['command'], len(self._rows), len(self._folders) - 1)
        save_student(network, folder, student, about, metrics, card)

    def _data(self) -> tuple[StudentData, StudentData | None]:
        learnt: list[tuple[Demonstration, str]] = []
        tested: list[tuple[Demonstration, str]] = []
        for number, row in enumerate(self._rows):
            kept_out = number % TESTED == TESTED - 1
            for folder in self._folders:
                path = folder / row['demonstration']
                if path.exists():
                    item = read_demonstration(path), row['cell']['side']
                    (tested if kept_out else learnt).append(item)
        return StudentData(learnt), StudentData(tested) if tested else None


def draw_curve(curve: Sequence[dict[str, float]], path: Path) -> None:
    """Draw losses over steps as a PNG."""
    import matplotlib as mpl

    mpl.use('Agg')
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    for name in ('chunk', 'held_out', 'done'):
        shown = [(p['step'], p[name]) for p in curve if name in p]
        if shown:
            steps, values = np.array(shown).T
            axes.semilogy(steps, values, label=name.replace('_', ' '))
    axes.set_xlabel('gradient steps')
    axes.set_ylabel('mean loss')
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120, bbox_inches='tight')
    pyplot.close(figure)


def _card(name: str, command: str, cells: int, rounds: int) -> str:
    return f"""# {name}

Diffusion policy over chunks of twists, distilled from settings of the planner that dress {cells}
training cells gently, and from {rounds} rounds of its own dressings that they labelled. It sees
the perceived arm, the garment and the gripper as points relative to the gripper, the tool's pose
and the last wrenches; the left arm is seen in a mirror.

Made by `{command}`; settings in config.json, the course of the training and what it was measured
to do in metrics.json.

Limits: trained on clouds of the simulator's state that were thinned, hidden and jittered at
random, not on images; points of the body are not looked at.
"""
