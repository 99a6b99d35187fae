"""A watched dressing: an alarm stops the robot, and the demo says what that spared."""

import numpy as np
import pytest

from valet_core.dressing.control.registry import DRESSING_POLICIES
from valet_core.dressing.evaluation.episode import LINGER, evaluation_task
from valet_core.dressing.evaluation.trouble import Trouble
from valet_core.dressing.evaluation.watched import Watched, run_watched
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_env import DressingEnv
from valet_core.dressing.sim.garments import garment
from valet_core.monitor.conformal import Band, Threshold
from valet_core.monitor.detector import Detector
from valet_core.monitor.monitor import Monitor
from valet_core.monitor.scores.chunks import ChunkMagnitude
from valet_core.monitor.scores.network import Standard
from valet_core.monitor.trace import TraceShape
from valet_core.tools.demo_failure import FORCE_LIMIT, draw, told

CELL = DressingCell(garment=garment('t_shirt'), seed=3)


class AfterOneSecond(ChunkMagnitude):
    """A score that rises with time, whatever is done."""

    def value(self, step):
        return step.stamp


def monitor(level):
    score = AfterOneSecond(Standard(np.zeros(6), np.ones(6)))
    limit = Threshold(Band.constant(), level, 0.1, 20)
    detector = Detector((score.name,), (limit,), 'and', 0.1)
    return Monitor([score], detector, 1, TraceShape(8, 8, 6, 0))


def test_an_alarm_stops_the_robot_and_ends_the_episode():
    env = DressingEnv(task=evaluation_task())
    policy = DRESSING_POLICIES.make('planner')
    watched = run_watched(env, policy, CELL, Trouble(), monitor(1.0), stop=True)
    assert 1.0 < watched.alarm < 1.2 and watched.outcome == 'FAILURE_PREDICTED'
    assert not watched.success
    assert watched.force_time[-1] == pytest.approx(watched.alarm + LINGER, abs=0.15)
    assert np.abs(env.world.robot.qd).max() < 1e-3
    assert (watched.scores[watched.score_time <= 1.0] <= 1.0).all()


def test_nobody_is_stopped_by_an_alarm_that_only_warns_or_does_not_come():
    env = DressingEnv(task=evaluation_task())
    policy = DRESSING_POLICIES.make('planner')
    free = run_watched(env, policy, CELL, Trouble(), monitor(1e9), stop=True)
    warned = run_watched(env, policy, CELL, Trouble(), monitor(1.0), stop=False)
    assert free.alarm is None and warned.alarm is not None
    assert free.success and warned.success and free.outcome == warned.outcome == 'SUCCEEDED'
    np.testing.assert_array_equal(free.force, warned.force)


def episode(force, alarm):
    count = len(force)
    time = np.arange(count) / 10
    return Watched(('s',), time, np.ones((count, 1)), np.full((count, 1), 2.0), alarm, time,
                   np.array(force), 'x', False)  # fmt: skip


@pytest.mark.parametrize(
    ('alarm', 'force', 'foreseen'),
    [
        (0.1, [1.0, 5.0, 20.0], True),
        (0.1, [1.0, 5.0, FORCE_LIMIT + 1.0], False),  # it did not stop in time
        (0.3, [1.0, 5.0, 20.0], False),  # it came after the limit
        (None, [1.0, 5.0, 20.0], False),
    ],
)
def test_a_failure_is_foreseen_if_the_alarm_keeps_the_force_below_the_limit(
    alarm, force, foreseen
):
    found = told(episode([1.0, 5.0, 40.0, 60.0], alarm), episode(force, alarm))
    assert found['foreseen'] is foreseen
    assert (found['limit_passed_s'], found['peak_alone_n']) == (pytest.approx(0.2), 60.0)
    assert found['peak_watched_n'] == max(force)


def test_one_plot_shows_all(tmp_path):
    path = tmp_path / 'failure.png'
    draw(episode([1.0, 40.0], 0.1), episode([1.0, 5.0], 0.1), path)
    assert path.stat().st_size > 10_000
