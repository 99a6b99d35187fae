"""One simulated dressing by what is deployed: runner, task and the gate's limiter."""

from collections.abc import Callable

import numpy as np

from valet_core.dressing.control.observation import DressingGoal, as_observation, prepare
from valet_core.dressing.control.registry import DressingPolicyType
from valet_core.dressing.evaluation.trouble import Trouble, Troubler
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_env import DressingEnv, EpisodeMetrics, TaskConfig
from valet_core.dressing.task.dressing_task import DressingTask, DressingTaskConfig
from valet_core.monitor.recording import TraceRecorder
from valet_core.policy.episode import Episode, EpisodeConfig, EpisodeStep
from valet_core.policy.outcome import Outcome
from valet_core.policy.runner import ChunkRunner

__all__ = ['COMMAND_RATE', 'evaluation_task', 'run_episode']

COMMAND_RATE = 30.0  # commands of the policy node [Hz]
LONGEST = 20.0  # [s]
LINGER = 1.0  # after a stop, in which forces are still measured [s]


def evaluation_task(solid: bool = True) -> TaskConfig:
    """The simulated task at the rate of the policy node; see `TaskConfig` for `solid`."""
    return TaskConfig(
        control_period_s=1.0 / COMMAND_RATE, horizon=round(LONGEST * COMMAND_RATE), solid=solid
    )


def run_episode(
    env: DressingEnv,
    policy: DressingPolicyType,
    cell: DressingCell,
    recorder: TraceRecorder | None = None,
    trouble: Trouble | None = None,
    watch: Callable[[DressingEnv], None] | None = None,
    guard: Callable[[EpisodeStep], bool] | None = None,
) -> tuple[EpisodeMetrics, Outcome | None]:
    """Dress one cell.

    Args:
        env: made with `evaluation_task`; its observer decides what the policy sees, and its
            limiter is the gate's.
        policy: reset here.
        cell: what to dress.
        recorder: takes each chunk as the failure monitor would get it.
        trouble: what goes wrong on the way.
        watch: called after each step of the simulator.
        guard: asked about each chunk; once it says so the robot is stopped, as by the gate, and
            the episode ends after `LINGER`.

    Returns:
        What the episode came to in truth, and the outcome by the task's own account; None where
        the simulator ended it: cloth pierced, force above the limit, a link too near to the
        person, or out of time.
    """
    raw, _ = env.reset(options={'cell': cell})
    goal = DressingGoal(cell.garment.kind, cell.person.side)
    settings = EpisodeConfig()
    episode = Episode(
        ChunkRunner(policy, settings.replan_every), DressingTask(DressingTaskConfig()), prepare,
        settings, goal, env.world.time, cell.seed,
    )  # fmt: skip
    troubles = Troubler(trouble or Trouble())
    stopped: float | None = None
    while True:
        troubles.act(env.world)
        step = episode.tick(env.world.time, as_observation(troubles.sense(raw)))
        alarm = guard is not None and step.chunk is not None and guard(step)
        if stopped is None and alarm:
            stopped = env.world.time
        if stopped is not None and env.world.time - stopped >= LINGER:
            return env.metrics(), Outcome.FAILURE_PREDICTED
        if recorder is not None and step.chunk is not None:
            chunk = step.chunk
            recorder.add(step.seen.time, chunk.embedding, chunk.actions, chunk.samples)
        if step.status.outcome is not None and stopped is None:
            return env.metrics(), step.status.outcome
        action = troubles.command(env.world.time, np.asarray(step.action))
        if stopped is not None:
            action = np.zeros_like(action)
        raw, _, terminated, truncated, info = env.step(action)
        if watch is not None:
            watch(env)
        if terminated or truncated:
            return info['episode'], None
