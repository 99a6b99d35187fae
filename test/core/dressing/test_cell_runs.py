"""Evaluation of dressing runs what is deployed, and gives the same whoever runs it."""

import numpy as np
import pytest

from valet_core.dressing.control.observation import DressingGoal
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.evaluation.cell_runs import (
    EvaluationConfig,
    evaluate_cell,
    evaluate_cells,
    succeeded,
    was_gentle,
)
from valet_core.dressing.evaluation.episode import COMMAND_RATE, evaluation_task, run_episode
from valet_core.dressing.evaluation.summary import summarise, summarise_by
from valet_core.dressing.sim.cells import cell_from_mapping
from valet_core.dressing.sim.dressing_env import DressingEnv, EpisodeMetrics
from valet_core.policy.interface import ActionChunk
from valet_core.policy.outcome import Outcome
from valet_core.safety.arm.limits import MotionLimits

EASY = cell_from_mapping({'garment': {'kind': 't_shirt'}, 'elbow_flexion_deg': 15.0})


class Waits(DressingPlanner):
    """Says at once that it has nothing to do."""

    def act(self, observation):
        return ActionChunk(np.zeros((1, 6)), np.zeros(1, np.float32), wants_stop=True)


class Rushes(DressingPlanner):
    """Asks for far more than the robot may do."""

    def act(self, observation):
        return ActionChunk(np.tile([0.0, 0.0, 5.0, 0.0, 0.0, 9.0], (4, 1)), np.zeros(1))


@pytest.fixture(scope='module')
def env():
    return DressingEnv(task=evaluation_task())


def test_an_easy_cell_is_dressed_in_truth_and_by_the_tasks_account(env):
    record = evaluate_cell(env, DressingPlanner(), EASY)
    assert record['error'] is None and record['success']
    assert record['outcome'] == 'SUCCEEDED'
    assert record['upper_arm_ratio'] >= 0.7 and not record['pierced']
    assert 0.0 < record['force_p95_n'] <= record['force_peak_n']


@pytest.mark.parametrize(
    ('ratio', 'pressed', 'gentle'), [(0.7, 15.0, True), (0.7, 15.1, False), (0.69, 0.0, False)]
)
def test_a_person_who_was_pressed_is_not_dressed_gently(ratio, pressed, gentle):
    metrics = EpisodeMetrics(
        upper_arm_ratio=ratio, whole_arm_ratio=ratio, best_upper_arm_ratio=ratio,
        best_whole_arm_ratio=ratio, force_peak_n=9.0, force_p95_n=9.0, pierced=False,
        force_limit=False, contact_peak_n=pressed, contact_time_s=0.0, contact_between='',
        slowed_s=0.0, too_near=False, steps=1,
    )  # fmt: skip
    assert was_gentle(metrics) is gentle
    assert succeeded(metrics) is (ratio >= 0.7)


def test_a_policy_that_does_nothing_dresses_nothing_and_is_told_so(env):
    metrics, outcome = run_episode(env, Waits(), EASY)
    assert outcome is Outcome.MOTION_FAILED
    assert metrics.upper_arm_ratio == 0.0
    # the hold time, and not the longest time of an episode
    assert metrics.steps == pytest.approx(0.5 * COMMAND_RATE, abs=2)


def test_no_policy_is_faster_than_the_gate_allows(env):
    limits, places = MotionLimits(), []
    env.reset(options={'cell': EASY})
    policy = Rushes()
    policy.reset(DressingGoal(), 0)
    for _ in range(20):
        env.step(policy.act(None).actions[0])
        places.append(env.world.robot.T_base_tool[:3, 3].copy())
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=1) * COMMAND_RATE
    assert speeds.max() <= limits.linear_speed + 1e-3
    assert speeds.max() > 0.9 * limits.linear_speed
    rise = np.diff(speeds) * COMMAND_RATE
    assert rise.max() <= limits.linear_acceleration * 1.1


def test_results_do_not_depend_on_the_number_of_processes():
    cells = [EASY, cell_from_mapping({'garment': {'kind': 'jacket'}, 'seed': 3})]
    alone = dict(evaluate_cells(cells, EvaluationConfig(processes=1)))
    shared = dict(evaluate_cells(cells, EvaluationConfig(processes=2)))
    assert alone == shared


def test_a_cell_out_of_reach_counts_as_not_dressed_and_says_why(env, monkeypatch):
    from valet_core.common.errors import MotionError
    from valet_core.dressing.evaluation import cell_runs

    def refuses(*_):
        raise MotionError('the robot cannot reach the hand')

    monkeypatch.setattr(cell_runs, 'run_episode', refuses)
    record = evaluate_cell(env, DressingPlanner(), EASY)
    assert record['success'] is False and record['force_peak_n'] is None
    assert record['error'] == 'MotionError: the robot cannot reach the hand'
    summary = summarise([record])
    assert summary['not_run'] == 1 and summary['success']['mean'] == 0.0
    assert summary['force_peak_n'] == {'mean': None, 'ci95': [None, None]}
    assert list(summarise_by([record], 'garment')) == ['t_shirt']
