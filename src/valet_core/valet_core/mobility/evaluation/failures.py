"""Drives that may fail: the conditions of the failure monitor's study of mobile bases."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.registry import make_controller
from valet_core.mobility.evaluation.disturbance import Disturbance
from valet_core.mobility.evaluation.drive import DRIVE_RULES, drive
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World
from valet_core.monitor.recording import TraceRecorder
from valet_core.monitor.studies.study import Combination, Condition, Study, Trial
from valet_core.monitor.trace import EpisodeTrace

__all__ = ['STUDY', 'disturbance_of', 'people_of', 'run_trial']

BASE, CONTROLLER, SCENE = 'carter', 'generalist', 'ward'
RULES = dataclasses.replace(DRIVE_RULES, timeout=60.0, people=True)
CROWD = 3.0  # times as many people
CROWD_SPEED = 1.2  # mean of theirs [m/s]
ATTEMPTS = 20  # at a drive that begins
ONSET = (1.0, 6.0)  # of what happens on the way [s]

CONDITIONS = (
    Condition('usual', True, 'a ward with four people who walk to and fro'),
    Condition('slip', False, 'wheels slip: the body goes 5 to 40 % of their way, turns as little'),
    Condition('blind', False, 'the scanner has no returns in a sector of 60 to 200 degrees ahead'),
    Condition('crowd', False, 'three times as many people, twice as fast'),
    Condition('turned', False, 'the scanner is knocked by 15 to 60 degrees'),
    Condition('dropouts', False, '30 to 90 % of rays have no return, others at each scan'),
    Condition('delay', False, 'commands come 0.3 to 1.2 s late'),
)

_Draw = Callable[[np.random.Generator], dict[str, float]]
_DRAWS: dict[str, _Draw] = {
    'slip': lambda rng: {
        'grip': float(rng.uniform(0.05, 0.4)), 'turning_grip': float(rng.uniform(0.05, 0.4)),
    },
    'blind': lambda rng: {
        'blind_at': float(rng.uniform(-60.0, 60.0)),
        'blind_width': float(rng.uniform(60.0, 200.0)),
    },
    'turned': lambda rng: {
        'turned': float(rng.choice([-1.0, 1.0]) * rng.uniform(15.0, 60.0)),
    },
    'dropouts': lambda rng: {'dropouts': float(rng.uniform(0.3, 0.9))},
    'delay': lambda rng: {'delay': float(rng.uniform(0.3, 1.2))},
}  # fmt: skip


def disturbance_of(trial: Trial) -> Disturbance:
    """What goes wrong in a trial; its size and when it begins follow from the seed."""
    rng = np.random.default_rng([trial.seed, 3])
    onset = float(rng.uniform(*ONSET))
    draw = _DRAWS.get(trial.condition.name)
    return Disturbance() if draw is None else Disturbance(onset, seed=trial.seed, **draw(rng))


def people_of(trial: Trial, world: World) -> World:
    """The world with the people of a trial's condition.

    A crowd walks between places of the world's own walks, starts and goals.
    """
    if trial.condition.name != 'crowd' or not len(world.walks):
        return world
    rng = np.random.default_rng([trial.seed, 4])
    places = np.concatenate(
        [world.walks.reshape(-1, 2), world.starts[:, :2], world.goals[:, :2]]
    )
    wanted = round(CROWD * len(world.walks))
    walks = [world.walks]
    while sum(map(len, walks)) < wanted:
        ends = places[rng.integers(len(places), size=2)]
        if np.linalg.norm(ends[1] - ends[0]) >= 2.0:
            walks.append(ends[None])
    return dataclasses.replace(world, walks=np.concatenate(walks))


def run_trial(trial: Trial) -> EpisodeTrace:
    """Make the drive of a trial; it succeeds where the true base reaches the goal.

    A goal on which somebody stands is refused at once. That is no drive, and another is drawn.
    """
    for attempt in range(ATTEMPTS):
        seed = int(np.random.SeedSequence((trial.seed, attempt)).generate_state(1)[0])
        episode = _run(trial, seed)
        if len(episode) > 1:
            break
    return episode


def _run(trial: Trial, seed: int) -> EpisodeTrace:
    base, controller = _driver()
    world = people_of(trial, generate(SCENE, seed % 2**31, base))
    rules = RULES
    if trial.condition.name == 'crowd':
        rules = dataclasses.replace(rules, people_speed=CROWD_SPEED)
    recorder = TraceRecorder()
    task = seed % len(world.starts)
    made = drive(
        controller, world, rules, task, seed, disturbance=disturbance_of(trial),
        recorder=recorder,
    )  # fmt: skip
    return recorder.episode(
        trial.name, f'{CONTROLLER} of {BASE}', made.success, rules.period,
        trial.condition.group, made.ended,
    )  # fmt: skip


@functools.cache
def _driver() -> tuple[Embodiment, Controller]:
    base = find_embodiment(BASE)
    return base, make_controller(CONTROLLER, base, RULES.period)


STUDY = Study(
    'mobility', CONDITIONS, run_trial,
    scores=('rnd_oe', 'logpzo', 'pca_kmeans', 'rnd_a', 'magnitude', 'mahalanobis', 'surprise',
            'dwell'),
    methods=(
        Combination(('rnd_oe', 'dwell'), 'or'), Combination(('surprise', 'dwell'), 'or'),
        Combination(('rnd_oe', 'surprise'), 'or'), Combination(('rnd_oe', 'mahalanobis'), 'and'),
    ),
    proposed='rnd_oe or dwell', window=5,
)  # fmt: skip
