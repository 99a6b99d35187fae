"""One drive in a simulator by what is deployed: follower, task, episode and the gate's limiter."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.gate_limits import base_limits
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.evaluation.disturbance import Disturbance, Disturber
from valet_core.mobility.evaluation.timed_policy import TimedPolicy
from valet_core.mobility.sim.interface import Outcome, PlanarObservation, SimConfig
from valet_core.mobility.sim.planar_sim import PlanarSim
from valet_core.mobility.sim.world import World
from valet_core.mobility.task.drive_episode import begin_drive, drive_runner
from valet_core.monitor.recording import TraceRecorder
from valet_core.safety.base.gate import BaseGateConfig
from valet_core.safety.base.limiter import BaseLimiter

__all__ = ['DRIVE_RULES', 'SIMULATORS', 'Drive', 'drive']

SIMULATORS = ('planar', 'mujoco')
DRIVE_RULES = SimConfig(period=0.05, timeout=90.0, goal_tolerance=0.5)


@dataclasses.dataclass(frozen=True)
class Drive:
    """One drive; success, collision and timeout are the simulator's, of the true state."""

    world: str
    """Its name."""
    trial: int
    """Number given to the drive."""
    success: bool
    """Whether the goal was reached."""
    collision: bool
    """Whether something was touched."""
    timeout: bool
    """Whether time ran out."""
    time: float
    """Since the base had moved 0.1 m [s]."""
    verdict: str
    """Outcome by the task's own account where that ended the drive; empty where it did not."""
    steps: np.ndarray
    """Processor time of each step of the controller, shape (N,) [s]."""
    ended: float = 0.0
    """When it ended, by the simulator's clock [s]."""


def drive(
    controller: Controller,
    world: World,
    rules: SimConfig = DRIVE_RULES,
    task: int = 0,
    seed: int = 0,
    trial: int = 0,
    watch: Callable[[Any, np.ndarray], None] | None = None,
    simulator: str = 'planar',
    config: DriveConfig | None = None,
    disturbance: Disturbance | None = None,
    recorder: TraceRecorder | None = None,
) -> Drive:
    """Let a controller make one drive.

    Args:
        controller: made for the base and the period of `rules`; reset here.
        world: where.
        rules: of the simulator.
        task: which drive of the world.
        seed: of noise and controller.
        trial: number given to the drive.
        watch: called after each step with the simulator and the command, for videos.
        simulator: one of SIMULATORS.
        config: of the drive, as the mobility node takes it.
        disturbance: what goes wrong on the way; of the planar simulator only.
        recorder: takes each chunk as the failure monitor would get it.

    Raises:
        InvalidInputError: for an unknown simulator, or a controller of another period.
    """
    if controller.spec.period != rules.period:
        raise InvalidInputError(
            f'controller: received one with a period of {controller.spec.period} s; allowed: '
            f'{rules.period} s, as the simulator steps'
        )
    body, config = controller.embodiment, config or DriveConfig()
    sim = _simulator(simulator)(body, [world], 1, rules, seed)
    sensed = sim.reset(tasks=np.array([task]))
    timed = TimedPolicy(controller)
    goal = DriveGoal(sensed.goal[:1, :2], float(sensed.goal[0, 2]))
    runner = drive_runner(timed, body, config)
    episode = begin_drive(runner, body, config, goal, float(sensed.time[0]), seed).episode
    limiter = _limiter(controller, float(sensed.time[0]))
    outcome: Outcome | None = None
    verdict = ''
    trouble = Disturber(disturbance or Disturbance(), body.sensor)
    while outcome is None or not outcome.done[0]:
        time = float(sensed.time[0])
        trouble.act(time, sim)
        sensed = trouble.sense(time, sensed)
        step = episode.tick(time, _observation(sensed))
        if recorder is not None and step.chunk is not None:
            chunk = step.chunk
            recorder.add(step.seen.time, chunk.embedding, chunk.actions, chunk.samples)
        if step.status.outcome is not None:
            verdict = step.status.outcome.name
            break
        limiter.look(sensed.scan[0])
        command = limiter.clamp(time, step.action).command
        sensed, outcome = sim.step(trouble.command(time, command)[None])
        if watch is not None:
            watch(sim, command)
    times, end = np.array(timed.times), float(sensed.time[0])
    return Drive(world.name, trial, *_ended(outcome), verdict, times, end)


def _ended(outcome: Outcome | None) -> tuple[bool, bool, bool, float]:
    """Whether it arrived, collided and timed out, and how long it took [s]."""
    if outcome is None:
        return False, False, False, 0.0
    return (
        bool(outcome.arrived[0]), bool(outcome.collided[0]), bool(outcome.timed_out[0]),
        float(outcome.elapsed[0]),
    )  # fmt: skip


def _observation(sensed: PlanarObservation) -> MobilityObservation:
    return MobilityObservation(
        float(sensed.time[0]), sensed.scan[0], sensed.odom[0], sensed.velocity[0], sensed.goal[0]
    )


def _limiter(controller: Controller, now: float) -> BaseLimiter:
    """The gate's, which has passed zero up to now."""
    gate = BaseGateConfig()
    limiter = BaseLimiter(
        base_limits(controller.embodiment), gate.speed_share, gate.longest_step, gate.obstacles
    )
    limiter.clamp(now - controller.spec.period, np.zeros(3))
    return limiter


def _simulator(name: str) -> type:
    if name == 'planar':
        return PlanarSim
    if name == 'mujoco':
        from valet_core.mobility.sim.physical.mujoco_sim import MujocoSim

        return MujocoSim
    raise InvalidInputError(f'simulator: received {name!r}; allowed: {", ".join(SIMULATORS)}')
