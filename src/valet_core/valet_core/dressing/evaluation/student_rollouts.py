"""A student's own dressings of cells that have a teacher, labelled by it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from valet_core.common.pool import run_parallel
from valet_core.dressing.control.registry import DRESSING_POLICIES, DressingPolicyType
from valet_core.dressing.evaluation.cell_runs import evaluate_cell
from valet_core.dressing.evaluation.episode import evaluation_task
from valet_core.dressing.sim.cells import cell_from_mapping
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.dressing.training.demonstrations import (
    LabellingPolicy,
    near_teacher,
    read_demonstration,
    write_demonstration,
)
from valet_core.dressing.training.teacher_settings import setting_from_mapping, teacher_with

__all__ = ['roll_out']


class _Job(NamedTuple):
    row: dict[str, Any]
    shown: Path
    target: Path
    gate: float


def roll_out(
    rows: Sequence[dict[str, Any]], model: Path, shown: Path, target: Path, gate: float,
    processes: int,
) -> Iterator[dict[str, Any]]:
    """Dress cells by a student; what its teachers would have done is kept.

    A teacher labels only moments at which the tool is near to where it has been itself in that
    cell. What is there already is not run again.

    Args:
        rows: of the archive, each with a demonstration.
        model: folder of the student.
        shown: folder of the demonstrations.
        target: folder of what is made.
        gate: how near [m]; 0 labels every moment.
        processes: rollouts run at the same time.

    Yields:
        Records of `evaluate_cell`.
    """
    jobs = [
        _Job(row, shown / row['demonstration'], target / row['demonstration'], gate)
        for row in rows
        if not (target / row['demonstration']).exists()
    ]
    for _, record in run_parallel(
        _roll_out, jobs, processes, start=_start_process, arguments=(model,)
    ):
        yield record


_process: tuple[DressingEnv, DressingPolicyType] | None = None


def _start_process(model: Path) -> None:
    global _process
    _process = DressingEnv(task=evaluation_task()), DRESSING_POLICIES.make(str(model.resolve()))


def _roll_out(job: _Job) -> dict[str, Any]:
    assert _process is not None
    env, student = _process
    policy = LabellingPolicy(teacher_with(setting_from_mapping(job.row['setting'])), student)
    record = evaluate_cell(env, policy, cell_from_mapping(job.row['cell']))
    made = policy.demonstration()
    if job.gate > 0.0:
        made = near_teacher(made, read_demonstration(job.shown), job.gate)
    write_demonstration(job.target, made)
    return record
