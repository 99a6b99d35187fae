"""A policy over many dressing cells in several processes."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valet_core.common.config import check, setting
from valet_core.common.errors import ValetError
from valet_core.common.pool import run_parallel
from valet_core.dressing.control.registry import DRESSING_POLICIES, DressingPolicyType
from valet_core.dressing.evaluation.episode import evaluation_task, run_episode
from valet_core.dressing.sim.cells import DressingCell, cell_to_mapping
from valet_core.dressing.sim.dressing_env import DressingEnv, EpisodeMetrics
from valet_core.dressing.sim.observers import OBSERVER_NAMES, make_observer
from valet_core.dressing.sim.regions import region_of
from valet_core.monitor.recording import TraceRecorder, write_episode

__all__ = [
    'CONTACT_LIMIT', 'SUCCESS_RATIO', 'EvaluationConfig', 'evaluate_cell', 'evaluate_cells',
    'succeeded', 'was_gentle',
]  # fmt: skip

SUCCESS_RATIO = 0.7  # of the upper arm, at the end
CONTACT_LIMIT = 15.0  # of a link of the robot on the person, in a gentle success [N]


@dataclass(frozen=True)
class EvaluationConfig:
    """What is evaluated and how."""

    policy: str = setting('planner', 'name of a policy, or a model folder')
    observe: str = setting('state', 'what the policy sees', choices=OBSERVER_NAMES)
    processes: int = setting(2, 'cells run at the same time', '', 1, 64)
    solid: bool = setting(True, 'whether contact of robot and person acts or is only measured')
    traces: str = setting('', 'folder for recordings for the failure monitor; empty: none')

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
    processes = min(config.processes, len(cells))
    return run_parallel(
        _run_cell, cells, processes, start=_start_process, arguments=(config,)
    )


def evaluate_cell(
    env: DressingEnv,
    policy: DressingPolicyType,
    cell: DressingCell,
    recorder: TraceRecorder | None = None,
) -> dict[str, Any]:
    """Dress one cell.

    A cell that cannot be set up, such as one out of the robot's reach, counts as not dressed.

    Args:
        env: made with `evaluation_task`.
        policy: reset here.
        cell: what to dress.
        recorder: takes each chunk as the failure monitor would get it.

    Returns:
        'cell', 'region' (None outside of all), 'success', 'gentle' (a success
        without being touched), 'touched' (a link pressed the person
        above `CONTACT_LIMIT`), 'error' (None if it ran), 'outcome' by the task's own account
        (None where the simulator ended it) and the fields of `EpisodeMetrics` (forces None if it
        did not run).
    """
    region = region_of(cell.person)
    record: dict[str, Any] = {
        'cell': cell_to_mapping(cell),
        'region': None if region is None else region.name,
    }
    try:
        metrics, outcome = run_episode(env, policy, cell, recorder)
    except ValetError as error:
        record['error'] = f'{type(error).__name__}: {error}'
        record |= {'success': False, 'gentle': False, 'touched': False, 'outcome': None}
        return {**record, **_nothing_done()}
    name = None if outcome is None else outcome.name
    return {
        **record, 'error': None, 'success': succeeded(metrics), 'gentle': was_gentle(metrics),
        'touched': metrics.contact_peak_n > CONTACT_LIMIT, 'outcome': name, **metrics._asdict(),
    }  # fmt: skip


def succeeded(metrics: EpisodeMetrics) -> bool:
    """Whether the upper arm is dressed."""
    return metrics.upper_arm_ratio >= SUCCESS_RATIO


def was_gentle(metrics: EpisodeMetrics) -> bool:
    """Whether it is dressed, and no link of the robot pressed the person."""
    return succeeded(metrics) and metrics.contact_peak_n <= CONTACT_LIMIT


def _nothing_done() -> dict[str, Any]:
    zeros, contact = (0.0,) * 6, (0.0, 0.0, '')
    row = EpisodeMetrics(*zeros, False, False, *contact, 0.0, False, 0)._asdict()
    unknown = ('force_peak_n', 'force_p95_n', 'contact_peak_n', 'contact_time_s')
    return {**row, **dict.fromkeys(unknown)}


_process: tuple[DressingEnv, DressingPolicyType, EvaluationConfig] | None = None


def _start_process(config: EvaluationConfig) -> None:
    global _process
    env = DressingEnv(observer=make_observer(config.observe), task=evaluation_task(config.solid))
    _process = (env, DRESSING_POLICIES.make(config.policy), config)


def _run_cell(cell: DressingCell) -> dict[str, Any]:
    assert _process is not None
    env, policy, config = _process
    recorder = TraceRecorder()
    record = evaluate_cell(env, policy, cell, recorder)
    if config.traces and len(recorder):
        name = hashlib.sha1(json.dumps(record['cell'], sort_keys=True).encode()).hexdigest()[:16]
        period = policy.spec.period
        trace = recorder.episode(name, config.policy, record['success'], period)
        write_episode(Path(config.traces), trace)
    return record
