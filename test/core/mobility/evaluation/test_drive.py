"""One evaluated drive: run by what is deployed, ended by the simulator or by the task."""

import dataclasses

import numpy as np
import pytest
from places import EMBODIMENTS

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.evaluation.drive import DRIVE_RULES, drive
from valet_core.mobility.sim.world import World

BODY = find_embodiment('jackal_real')
RULES = dataclasses.replace(DRIVE_RULES, noise=False)


class Ahead(Controller):
    """Full speed ahead from the start."""

    def begin(self, seed):
        pass

    def step(self, observation):
        return np.array([self.embodiment.limits.forward, 0.0, 0.0])


def world(goal, circles=(), segments=()):
    return World('w', circles, segments, [[0.0, 0.0, 0.0]], [[*goal, np.nan]])


def test_it_ends_where_the_simulator_says_so_before_the_base_rests():
    result = drive(Ahead(BODY, 0.05), world((4.0, 0.0)), RULES)
    assert result.success and not result.collision and not result.timeout
    assert result.verdict == ''
    assert len(result.steps) >= result.time / 0.05


def test_it_ends_where_the_task_says_so():
    result = drive(Ahead(BODY, 0.05), world((3.0, 0.0), [(3.0, 0.05, 0.1)]), RULES)
    assert not result.success and not result.collision and not result.timeout
    assert result.verdict == 'INVALID_GOAL'


def test_a_base_that_rests_where_it_takes_for_its_goal_has_not_arrived_in_truth():
    rules = dataclasses.replace(RULES, goal_tolerance=0.1)
    config = DriveConfig(goal_tolerance=1.0)
    result = drive(Ahead(BODY, 0.05), world((4.0, 0.0)), rules, config=config)
    assert result.verdict == 'SUCCEEDED'
    assert not result.success


@pytest.mark.parametrize('noise', [False, True])
@pytest.mark.parametrize('name', [path.stem for path in sorted(EMBODIMENTS.glob('*.yaml'))])
def test_the_gate_stops_a_base_before_a_wall_that_its_controller_does_not_heed(name, noise):
    body, places = find_embodiment(name), []
    rules = dataclasses.replace(RULES, noise=noise, timeout=12.0)
    result = drive(
        Ahead(body, 0.05), world((9.0, 0.0), segments=[(4, -3, 4, 3)]), rules,
        watch=lambda sim, _: places.append(sim.pose[0, 0]),
    )  # fmt: skip
    assert not result.collision and not result.success
    # It comes near the wall, and rests there.
    room = 4.0 - places[-1] - body.polygon[:, 0].max()
    assert 0.0 < room < 0.15, room
    assert abs(places[-1] - places[-20]) < 0.05


class Back(Ahead):
    """Slowly back, where the scanner sees nothing."""

    def step(self, observation):
        return np.array([-0.5, 0.0, 0.0])


def test_what_no_ray_meets_is_a_collision():
    result = drive(Back(BODY, 0.05), world((4.0, 0.0), segments=[(-0.8, -0.2, -0.8, 0.2)]), RULES)
    assert result.collision and not result.success


def test_commands_go_through_the_limits_of_the_gate():
    sent = []
    drive(Ahead(BODY, 0.05), world((4.0, 0.0)), RULES, watch=lambda _, u: sent.append(u.copy()))
    speeds = np.array(sent)[:, 0]
    step = BODY.limits.acceleration * 0.05
    assert speeds[0] == pytest.approx(step)
    assert np.abs(np.diff(speeds)).max() <= step + 1e-9
    assert speeds.max() == pytest.approx(BODY.limits.forward)


def test_a_controller_of_another_period_is_refused():
    with pytest.raises(InvalidInputError, match='a period of 0.1 s; allowed: 0.05 s'):
        drive(Ahead(BODY, 0.1), world((4.0, 0.0)), RULES)
