"""Dressings that may fail: the conditions of the failure monitor's study of dressing."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from valet_core.common.errors import MotionError
from valet_core.dressing.control.registry import DRESSING_POLICIES, DressingPolicyType
from valet_core.dressing.evaluation.cell_runs import succeeded
from valet_core.dressing.evaluation.episode import evaluation_task, run_episode
from valet_core.dressing.evaluation.trouble import Trouble
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.dressing.sim.observers import make_observer
from valet_core.dressing.sim.regions import draw_cells
from valet_core.monitor.recording import TraceRecorder
from valet_core.monitor.studies.study import Combination, Condition, Study, Trial
from valet_core.monitor.trace import EpisodeTrace
from valet_core.simulation.person import Person

__all__ = ['STUDY', 'cell_of', 'run_trial', 'trouble_of']

POLICY, OBSERVER = 'planner', 'noisy'
ATTEMPTS = 50  # at a cell that the robot reaches
ROOM = 0.02  # between forearm or hand and the body outside of the pose range [m]
ONSET = (0.5, 3.0)  # of what happens on the way [s]

CONDITIONS = (
    Condition('usual', True, 'poses of the 27 regions, garments as in a wardrobe'),
    Condition('tight', False, 'arm-hole 0.62 to 0.80, cuff 0.65 to 0.85 of the usual round'),
    Condition('limp', False, 'a tenth of the stiffness, half the thickness, two to four times '
              'the weight below the arm-hole'),
    Condition('sticky', False, 'friction 0.6 to 1.0 on skin, 0.2 to 0.4 is usual'),
    Condition('pose', False, 'upper arm above 10 degrees, or elbow bent by more than 112'),
    Condition('shifted', False, 'camera knocked: all is seen 4 to 15 cm and 2 to 8 degrees off'),
    Condition('blocked', False, 'hand and wrist hidden, and taken to be 6 to 20 cm off'),
    Condition('dropouts', False, 'half of the cloud and more is lost; joints jump by 2 to 6 cm'),
    Condition('delay', False, 'commands come 0.3 to 1.0 s late'),
    Condition('caught', False, 'the arm-hole catches between the wrist and past the elbow'),
    Condition('lost', False, 'the gripper loses the garment on the way'),
)  # fmt: skip

_Draw = Callable[[np.random.Generator], dict[str, float]]
_DRAWS: dict[str, _Draw] = {
    'shifted': lambda rng: {'shift': rng.uniform(0.04, 0.15), 'turn': rng.uniform(2.0, 8.0)},
    'blocked': lambda rng: {'hidden': rng.uniform(0.06, 0.20)},
    'dropouts': lambda rng: {
        'dropouts': rng.uniform(0.5, 0.95), 'jitter': rng.uniform(0.02, 0.06)
    },
    'delay': lambda rng: {'delay': rng.uniform(0.3, 1.0)},
    'caught': lambda rng: {'catch_at': rng.uniform(0.5, 1.3)},
    'lost': lambda rng: {'lose_at': rng.uniform(0.2, 1.2)},
}  # fmt: skip


def trouble_of(trial: Trial) -> Trouble:
    """What goes wrong in a trial; its size and when it begins follow from the seed."""
    rng = np.random.default_rng([trial.seed, 3])
    onset = float(rng.uniform(*ONSET))
    draw = _DRAWS.get(trial.condition.name)
    if draw is None:
        return Trouble()
    return Trouble(onset, seed=trial.seed, **{k: float(v) for k, v in draw(rng).items()})


def cell_of(trial: Trial, attempt: int = 0) -> DressingCell:
    """Person and garment of a trial, of the held-out half; `attempt` gives other ones."""
    rng = np.random.default_rng([trial.seed, 4, attempt])
    (cell,) = draw_cells(1, int(rng.integers(2**31)), 'held_out')
    change = {'tight': _tight, 'limp': _limp, 'sticky': _sticky, 'pose': _pose}
    made = change.get(trial.condition.name)
    return cell if made is None else made(cell, rng)


def run_trial(trial: Trial) -> EpisodeTrace:
    """Dress the cell of a trial; it succeeds where the upper arm is dressed in truth.

    A hand that the robot cannot reach is no trial, and another cell is drawn.
    """
    env, policy = _dresser(trial.condition.name == 'caught')
    for attempt in range(ATTEMPTS):
        recorder, forces = TraceRecorder(), _Forces()
        cell = cell_of(trial, attempt)
        try:
            made, _ = run_episode(
                env, policy, cell, recorder, trouble_of(trial),
                lambda e, r=recorder, f=forces: f.take(len(r), e),  # type: ignore[misc]
            )  # fmt: skip
        except MotionError:
            continue
        if len(recorder):
            break
    return recorder.episode(
        trial.name, POLICY, succeeded(made), policy.spec.period, trial.condition.group,
        env.world.time, forces.rows(len(recorder)),
    )  # fmt: skip


class _Forces:
    """The largest force on the tool from each step of a trace to the next [N]."""

    def __init__(self) -> None:
        self._largest: dict[int, float] = {}

    def take(self, steps: int, env: DressingEnv) -> None:
        """Note the force after so many steps of the trace."""
        force, at = env.world.truth().force, max(steps - 1, 0)
        self._largest[at] = max(force, self._largest.get(at, 0.0))

    def rows(self, steps: int) -> np.ndarray:
        """Shape (T,)."""
        return np.array([self._largest.get(t, 0.0) for t in range(steps)])


def _tight(cell: DressingCell, rng: np.random.Generator) -> DressingCell:
    wear = cell.garment
    opening = max(0.34, wear.opening_m * float(rng.uniform(0.62, 0.80)))
    cuff = max(0.22, wear.cuff_m * float(rng.uniform(0.65, 0.85)))
    return replace(cell, garment=replace(wear, opening_m=opening, cuff_m=min(cuff, opening)))


def _limp(cell: DressingCell, rng: np.random.Generator) -> DressingCell:
    wear = cell.garment
    changed = replace(
        wear, stiffness_pa=3e4, thickness_m=max(3e-4, 0.5 * wear.thickness_m),
        hang_kg=min(1.0, wear.hang_kg * float(rng.uniform(2.0, 4.0))),
    )  # fmt: skip
    return replace(cell, garment=changed)


def _sticky(cell: DressingCell, rng: np.random.Generator) -> DressingCell:
    return replace(cell, garment=replace(cell.garment, friction=float(rng.uniform(0.6, 1.0))))


def _pose(cell: DressingCell, rng: np.random.Generator) -> DressingCell:
    """A pose beyond one of the edges of the regions."""
    for _ in range(ATTEMPTS):
        if rng.random() < 0.5:
            person = replace(cell.person, shoulder_elevation_deg=float(rng.uniform(10.0, 45.0)))
        else:
            person = replace(cell.person, elbow_flexion_deg=float(rng.uniform(112.0, 130.0)))
        if Person(person).hand_clearance() >= ROOM:
            break
    return replace(cell, person=person)


@functools.cache
def _dresser(catchable: bool) -> tuple[DressingEnv, DressingPolicyType]:
    env = DressingEnv(
        observer=make_observer(OBSERVER), task=evaluation_task(),
        cloth=ClothConfig(catchable=catchable),
    )  # fmt: skip
    return env, DRESSING_POLICIES.make(POLICY)


STUDY = Study(
    'dressing', CONDITIONS, run_trial,
    scores=('rnd_oe', 'logpzo', 'pca_kmeans', 'rnd_a', 'overlap', 'magnitude', 'mahalanobis',
            'surprise', 'dwell'),
    methods=(
        Combination(('rnd_oe', 'mahalanobis'), 'or'), Combination(('rnd_oe', 'overlap'), 'or'),
        Combination(('rnd_oe', 'surprise'), 'or'), Combination(('rnd_oe', 'mahalanobis'), 'and'),
    ),
    proposed='rnd_oe or overlap', window=5,
)  # fmt: skip
