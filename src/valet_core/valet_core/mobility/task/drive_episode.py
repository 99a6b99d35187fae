"""A drive as the mobility node and the evaluations run it: runner, task and preparation."""

from typing import NamedTuple

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.following.route_follower import RouteFollower
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.task.drive_task import DriveTask
from valet_core.mobility.task.preparation import DrivePreparation
from valet_core.policy.episode import Episode, EpisodeConfig
from valet_core.policy.interface import Policy
from valet_core.policy.runner import ChunkRunner, Worker

__all__ = ['DriveEpisode', 'DriveRunner', 'begin_drive', 'drive_runner']

DriveRunner = ChunkRunner[MobilityObservation, DriveGoal]

AT_EVERY_TICK = 0
"""Periods between chunks: scans come by their own clock, and each is worth a look."""


class DriveEpisode(NamedTuple):
    """One drive, and what can be asked of it and told to it on the way."""

    episode: Episode[MobilityObservation, DriveGoal]
    """Gives commands and status."""
    task: DriveTask
    """Knows distance and heading."""
    preparation: DrivePreparation
    """Takes another goal."""


def drive_runner(
    controller: Policy[MobilityObservation, DriveGoal],
    embodiment: Embodiment,
    config: DriveConfig,
    worker: Worker | None = None,
    hold: float = 0.0,
) -> DriveRunner:
    """What drives routes by a controller.

    Args:
        controller: made for the base.
        embodiment: the base.
        config: of every drive.
        worker: see ChunkRunner.
        hold: how long a command goes on while the next one is being chosen [s].
    """
    follower = RouteFollower(controller, embodiment, config)
    return ChunkRunner(follower, AT_EVERY_TICK, worker, hold)


def begin_drive(
    runner: DriveRunner,
    embodiment: Embodiment,
    config: DriveConfig,
    goal: DriveGoal,
    now: float,
    seed: int,
) -> DriveEpisode:
    """Begin a drive.

    Args:
        runner: made by `drive_runner` for the same base and configuration; reset here.
        embodiment: the base.
        config: of the drive.
        goal: in the odometry frame as it is now.
        now: the present time [s].
        seed: of the controller.
    """
    task = DriveTask(embodiment, config, goal)
    preparation = DrivePreparation(embodiment, goal, config.match_scans)
    episode = Episode(runner, task, preparation, EpisodeConfig(), goal, now, seed)
    return DriveEpisode(episode, task, preparation)
