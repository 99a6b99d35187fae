"""A simulated dressing that a failure monitor watches: scores, alarm and force over its time."""

from typing import NamedTuple

import numpy as np

from valet_core.dressing.control.registry import DressingPolicyType
from valet_core.dressing.evaluation.cell_runs import succeeded
from valet_core.dressing.evaluation.episode import run_episode
from valet_core.dressing.evaluation.trouble import Trouble
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.trace import TraceStep
from valet_core.policy.episode import EpisodeStep

__all__ = ['Watched', 'run_watched']


class Watched(NamedTuple):
    """What a watched episode was like."""

    names: tuple[str, ...]
    """Of the scores."""
    score_time: np.ndarray
    """Of the observations that were scored [s]. Shape (T,)."""
    scores: np.ndarray
    """Shape (T, S)."""
    thresholds: np.ndarray
    """Shape (T, S)."""
    alarm: float | None
    """When the first alarm was [s]; None without."""
    force_time: np.ndarray
    """[s]. Shape (N,)."""
    force: np.ndarray
    """On the tool [N]. Shape (N,)."""
    outcome: str
    """By the task's own account; 'ended by the simulator' where that ended it."""
    success: bool


def run_watched(
    env: DressingEnv, policy: DressingPolicyType, cell: DressingCell, trouble: Trouble,
    monitor: Monitor, stop: bool,
) -> Watched:  # fmt: skip
    """Dress a cell.

    Args:
        env: made with `evaluation_task`.
        policy: reset here.
        cell: what to dress.
        trouble: what goes wrong on the way.
        monitor: of the policy's traces; reset here.
        stop: whether an alarm stops the robot.
    """
    monitor.reset()
    readings: list[tuple[float, tuple[float, ...], tuple[float, ...], bool]] = []
    forces: list[tuple[float, float]] = []

    def guard(step: EpisodeStep) -> bool:
        chunk = step.chunk
        assert chunk is not None
        seen = TraceStep(
            len(readings), step.seen.time, chunk.embedding, chunk.actions, chunk.samples
        )
        reading = monitor.step(seen)
        if reading is None:
            return False
        readings.append((seen.stamp, reading.scores, reading.thresholds, reading.alarm))
        return stop and reading.alarm

    def watch(env: DressingEnv) -> None:
        forces.append((env.world.time, env.world.truth().force))

    made, outcome = run_episode(env, policy, cell, None, trouble, watch, guard)
    alarms = [time for time, _, _, alarm in readings if alarm]
    return Watched(
        monitor.detector.names, np.array([r[0] for r in readings]),
        np.array([r[1] for r in readings]), np.array([r[2] for r in readings]),
        alarms[0] if alarms else None, np.array([t for t, _ in forces]),
        np.array([f for _, f in forces]),
        'ended by the simulator' if outcome is None else outcome.name, succeeded(made),
    )  # fmt: skip
