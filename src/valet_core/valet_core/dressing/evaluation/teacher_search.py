"""Search for teachers: for each training cell, a setting of the planner that dresses it gently."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from valet_core.common.config import check, setting
from valet_core.common.pool import run_parallel
from valet_core.dressing.evaluation.cell_runs import evaluate_cell
from valet_core.dressing.evaluation.episode import evaluation_task
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.dressing.training.demonstrations import LabellingPolicy, write_demonstration
from valet_core.dressing.training.teacher_archive import TeacherArchive
from valet_core.dressing.training.teacher_settings import setting_for, teacher_with

__all__ = ['SearchConfig', 'search_teachers']


@dataclass(frozen=True)
class SearchConfig:
    """How long a teacher is searched for, and what is good enough."""

    attempts: int = setting(13, 'settings that are tried on a cell', '', 1, 1000)
    force: float = setting(15.0, '95th percentile on the tool, of a good dressing', 'N', 0.1, 100)
    seed: int = setting(0, 'of the settings', '', 0)
    processes: int = setting(2, 'attempts run at the same time', '', 1, 64)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class _Job(NamedTuple):
    cell: DressingCell
    attempt: int
    seed: int
    force: float
    folder: Path


def search_teachers(
    cells: Sequence[DressingCell], config: SearchConfig, archive: TeacherArchive
) -> Iterator[dict[str, Any]]:
    """Try settings on every cell until one is good; what the archive holds is not run again.

    All cells get their first attempt before any gets its second. The demonstration of each
    gentle success is kept in the archive's folder.

    Yields:
        A row of the archive for each attempt that was run, once it is in the archive.
    """
    for attempt in range(config.attempts):
        jobs = [
            _Job(cell, attempt, config.seed, config.force, archive.folder)
            for cell in cells
            if not archive.solved(cell) and not archive.tried(cell, attempt)
        ]
        for _, row in run_parallel(_attempt, jobs, config.processes, start=_start_process):
            archive.add(row)
            yield row


_env: DressingEnv | None = None


def _start_process() -> None:
    global _env
    _env = DressingEnv(task=evaluation_task())


def _attempt(job: _Job) -> dict[str, Any]:
    assert _env is not None
    chosen = setting_for(job.attempt, job.cell.seed, job.seed)
    policy = LabellingPolicy(teacher_with(chosen))
    record = evaluate_cell(_env, policy, job.cell)
    good = bool(record['gentle'] and record['force_p95_n'] <= job.force)
    row = {**record, 'attempt': job.attempt, 'setting': chosen.as_mapping(), 'good': good}
    if record['gentle']:
        name = TeacherArchive.demonstration_name(job.cell, job.attempt)
        write_demonstration(job.folder / name, policy.demonstration())
        row['demonstration'] = name
    return row
