"""A policy over many dressing cells in several processes."""

import concurrent.futures
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from valet_core.common.config import check, setting
from valet_core.common.errors import ValetError
from valet_core.dressing.control.registry import POLICY_NAMES, make_policy
from valet_core.dressing.evaluation.episode import run_episode
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping
from valet_core.dressing.sim.dressing_env import DressingEnv, EpisodeMetrics
from valet_core.dressing.sim.observers import OBSERVER_NAMES, make_observer
from valet_core.dressing.sim.regions import region_of
from valet_core.policy.interface import Policy

__all__ = ['SUCCESS_RATIO', 'EvaluationConfig', 'evaluate_cell', 'evaluate_cells']

SUCCESS_RATIO = 0.7  # of the upper arm, at the end


@dataclass(frozen=True)
class EvaluationConfig:
    """What is evaluated and how."""

    policy: str = setting('planner', 'which policy', choices=POLICY_NAMES)
    observe: str = setting('state', 'what the policy sees', choices=OBSERVER_NAMES)
    processes: int = setting(2, 'cells run at the same time', '', 1, 64)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def evaluate_cells(
    cells: Sequence[DressingCell], config: EvaluationConfig
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run the cells; which process runs which does not change any result.

    Yields:
        Index of a cell and its record (see `evaluate_cell`), as they are finished.
    """
    # Before the workers load numpy: threads of several processes would fight for the cores.
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
    workers = min(config.processes, len(cells))
    executor = concurrent.futures.ProcessPoolExecutor(
        workers,
        # A forked process would share the parent's rendering context.
        mp_context=multiprocessing.get_context('spawn'),
        initializer=_start_worker,
        initargs=(config,),
    )
    try:
        jobs = {executor.submit(_run_in_worker, cell): i for i, cell in enumerate(cells)}
        for job in concurrent.futures.as_completed(jobs):
            yield jobs[job], job.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def evaluate_cell(env: DressingEnv, policy: Policy, cell: DressingCell) -> dict[str, Any]:
    """Dress one cell.

    A cell that cannot be set up, such as one out of the robot's reach, counts as not dressed.

    Returns:
        'cell', 'region' (None outside of all), 'success', 'error' (None if it ran) and the
        fields of `EpisodeMetrics` (forces None if it did not run).
    """
    region = region_of(cell.person)
    record: dict[str, Any] = {
        'cell': cell_to_mapping(cell),
        'region': None if region is None else region.name,
    }
    try:
        metrics = run_episode(env, policy, cell)
    except ValetError as error:
        record['error'] = f'{type(error).__name__}: {error}'
        record['success'] = False
        return {**record, **_nothing_done()}
    success = metrics.upper_arm_ratio >= SUCCESS_RATIO
    return {**record, 'error': None, 'success': success, **metrics._asdict()}


def _nothing_done() -> dict[str, Any]:
    row = EpisodeMetrics(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False, False, 0)._asdict()
    return {**row, 'force_peak_n': None, 'force_p95_n': None}


_worker: tuple[DressingEnv, Policy] | None = None


def _start_worker(config: EvaluationConfig) -> None:
    global _worker
    env = DressingEnv(observer=make_observer(config.observe))
    _worker = (env, make_policy(config.policy))


def _run_in_worker(cell: DressingCell) -> dict[str, Any]:
    if _worker is None:
        raise RuntimeError('the worker was not started')
    return evaluate_cell(*_worker, cell)
