"""Many drives of a controller through worlds, and what they amount to."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.common.pool import run_parallel
from valet_core.common.statistics import summary_entry
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.registry import ControllerMaker, find_controller
from valet_core.mobility.evaluation import barn
from valet_core.mobility.evaluation.drive import DRIVE_RULES, Drive, drive
from valet_core.mobility.sim.field_scene import field_scale
from valet_core.mobility.sim.interface import SimConfig
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World

__all__ = ['drive_rules', 'evaluate_barn', 'evaluate_mobility']


@dataclasses.dataclass(frozen=True)
class _Job:
    controller: str | ControllerMaker
    embodiment: Embodiment
    world: World
    task: int
    rules: SimConfig
    trial: int
    seed: int
    simulator: str
    config: DriveConfig


def evaluate_barn(
    controller: str | ControllerMaker,
    worlds: Sequence[World],
    embodiment: Embodiment,
    trials: int = 1,
    seed: int = 0,
    processes: int = 2,
    simulator: str = 'planar',
    match_scans: bool = True,
) -> dict[str, Any]:
    """Every world `trials` times by BARN's rules.

    Args:
        controller: name, or a function that makes one for the base and a period [s] (picklable,
            for several processes).
        worlds: with their reference paths.
        embodiment: the base, with the limits to hold.
        trials: of each world, with noise of its own.
        seed: of everything.
        processes: to share the drives among.
        simulator: one of SIMULATORS.
        match_scans: correct odometry by scans.

    Returns:
        `summary` {score, pace, success, collision, timeout, gave_up, time_s: mean and ci95;
        step_p99_ms} and `runs`. pace is the score without its bounds; gave_up counts drives that
        the task ended elsewhere than at the goal; time_s is of the successes.
    """
    if trials < 1:
        raise InvalidInputError(f'trials: received {trials}; allowed: 1 or more')
    config = DriveConfig(match_scans=match_scans)
    jobs = [
        _Job(controller, embodiment, world, 0, barn.RULES, t, _seed(seed, index, t), simulator,
             config)
        for index, world in enumerate(worlds)
        for t in range(trials)
    ]
    drives = _run(jobs, processes)
    groups = [index for index in range(len(worlds)) for _ in range(trials)]
    scores = [barn.score(j.world, d.success, d.time) for j, d in zip(jobs, drives, strict=True)]
    paces = [barn.pace(j.world, d.success, d.time) for j, d in zip(jobs, drives, strict=True)]
    summary = {
        'score': summary_entry(scores, groups), 'pace': summary_entry(paces, groups),
        **_summary(drives, groups),
    }  # fmt: skip
    runs = [{**_record(d), 'score': s} for d, s in zip(drives, scores, strict=True)]
    return {'summary': summary, 'runs': runs}


def evaluate_mobility(
    controller: str | ControllerMaker,
    embodiment: Embodiment,
    scene: str,
    episodes: int = 50,
    seed: int = 200_000,
    people: bool = False,
    processes: int = 2,
    simulator: str = 'planar',
    match_scans: bool = True,
) -> dict[str, Any]:
    """One drive in each of many generated worlds of a scene.

    Args:
        controller: name, or a function that makes one.
        embodiment: the base.
        scene: one of scenes.SCENES.
        episodes: how many worlds; their seeds count up from `seed`.
        seed: of the first world.
        people: let people walk.
        processes: to share the drives among.
        simulator: one of SIMULATORS.
        match_scans: correct odometry by scans.

    Returns:
        `summary` as `evaluate_barn` without score and pace, with wtt_s (mean time of successes /
        success rate), and `runs`.
    """
    rules = dataclasses.replace(drive_rules(scene, embodiment), people=people)
    config = DriveConfig(match_scans=match_scans)
    jobs = []
    for index in range(episodes):
        world = generate(scene, seed + index, embodiment)
        task = index % len(world.starts)
        own = _seed(seed, index, 0)
        jobs.append(
            _Job(controller, embodiment, world, task, rules, 0, own, simulator, config)
        )
    drives = _run(jobs, processes)
    summary = _summary(drives, list(range(episodes)))
    rate, mean = summary['success']['mean'], summary['time_s']['mean']
    summary['wtt_s'] = mean / rate if rate else None
    return {'summary': summary, 'runs': [_record(d) for d in drives]}


def drive_rules(scene: str, embodiment: Embodiment) -> SimConfig:
    """End rules of a drive in a scene.

    A field of the BARN kind takes BARN's own tolerance, scaled with the field: it is crossed by
    odometry alone, whose drift grows with the way.
    """
    if scene != 'barn':
        return DRIVE_RULES
    tolerance = barn.RULES.goal_tolerance * field_scale(embodiment)
    return dataclasses.replace(DRIVE_RULES, goal_tolerance=tolerance)


def _seed(seed: int, index: int, trial: int) -> int:
    return int(np.random.SeedSequence((seed, index, trial)).generate_state(1)[0])


def _run(jobs: list[_Job], processes: int) -> list[Drive]:
    done = dict(run_parallel(_perform, jobs, processes))
    return [done[index] for index in range(len(jobs))]


def _perform(job: _Job) -> Drive:
    made = job.controller
    make = find_controller(made) if isinstance(made, str) else made
    return drive(
        make(job.embodiment, job.rules.period), job.world, job.rules, job.task, job.seed,
        job.trial, simulator=job.simulator, config=job.config,
    )  # fmt: skip


def _summary(drives: list[Drive], groups: list[int]) -> dict[str, Any]:
    count = len(drives)
    done = [(d.time, g) for d, g in zip(drives, groups, strict=True) if d.success]
    # The first step of a process compiles or loads the compiled loops.
    steps = np.concatenate([d.steps[1:] for d in drives])
    return {
        'success': summary_entry([d.success for d in drives]),
        'collision': summary_entry([d.collision for d in drives]),
        'timeout': summary_entry([d.timeout for d in drives]),
        'gave_up': summary_entry([bool(d.verdict) for d in drives]),
        'time_s': summary_entry([t for t, _ in done], [g for _, g in done]),
        'step_p99_ms': float(np.percentile(steps, 99) * 1e3) if len(steps) else None,
        'step_median_ms': float(np.median(steps) * 1e3) if len(steps) else None,
        'count': count,
    }


def _record(drive: Drive) -> dict[str, Any]:
    record = dataclasses.asdict(drive)
    del record['steps']
    return record
