"""Every classical controller: drives, holds its limits, refuses bad input."""


import numpy as np
import pytest
from places import DATA, EMBODIMENTS

from valet_core.common.assets import find_model
from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.controller import MobilityObservation, check_observation
from valet_core.mobility.control.dwa import Dwa, DwaConfig
from valet_core.mobility.control.learned_controller import LearnedController
from valet_core.mobility.control.mppi import Mppi, MppiConfig
from valet_core.mobility.control.navigator import Navigator
from valet_core.mobility.control.registry import make_controller
from valet_core.mobility.evaluation import barn
from valet_core.mobility.evaluation.drives import DRIVE_RULES, drive
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World
from valet_core.mobility.sim.world_files import load_barn

WORLDS = load_barn(DATA / 'barn_like_worlds.jsonl')
JACKAL = Embodiment.load(EMBODIMENTS / 'jackal.yaml')
MAKERS = {'dwa': Dwa, 'mppi': Mppi, 'planner': Navigator}


def observe(body=JACKAL, **changes):
    values = {
        'time': 0.0,
        'scan': np.full(body.sensor.rays, body.sensor.range_max, dtype=np.float32),
        'odom': np.zeros(3),
        'velocity': np.zeros(3),
        'goal': np.array([3.0, 0.0, np.nan]),
    }
    return MobilityObservation(**{**values, **changes})


@pytest.mark.parametrize('name', MAKERS)
def test_drives_through_a_field(name):
    result = drive(MAKERS[name](), JACKAL, WORLDS[1], barn.RULES, seed=3)
    assert result.success
    assert barn.score(WORLDS[1], result.success, result.time) > 0.3


def test_planner_drives_through_every_test_world_with_real_limits():
    body = Embodiment.load(EMBODIMENTS / 'jackal_real.yaml')
    for world in WORLDS:
        assert drive(Navigator(), body, world, barn.RULES, seed=1).success


@pytest.mark.parametrize('name', ['carter', 'omni', 'go1', 'g1'])
def test_planner_drives_other_bodies(name):
    body = Embodiment.load(EMBODIMENTS / f'{name}.yaml')
    assert drive(Navigator(), body, generate('warehouse', 300_001, body), DRIVE_RULES).success


def test_planner_backs_out_of_a_dead_end():
    """A pocket between robot and goal: sensing alone leads in, memory leads out."""
    pocket = [(3, -1, 3, 1), (1, 1, 3, 1), (1, -1, 3, -1), (-9, -9, -9, 9), (-9, 9, 9, 9)]
    world = World('pocket', [], pocket, [[0, 0, 0]], [[6, 0, np.nan]])
    assert drive(Navigator(), JACKAL, world, DRIVE_RULES).success


@pytest.mark.parametrize('name', MAKERS)
def test_commands_keep_the_limits_and_a_differential_base_never_slides(name):
    body = Embodiment.load(EMBODIMENTS / 'carter.yaml')
    seen = []
    world = generate('office', 300_000, body)
    drive(MAKERS[name](), body, world, DRIVE_RULES, watch=lambda _, u: seen.append(u.copy()))
    commands = np.array(seen)
    assert commands[:, 0].max() <= body.limits.forward
    assert commands[:, 0].min() >= -body.limits.backward
    assert (commands[:, 1] == 0.0).all()
    assert np.abs(commands[:, 2]).max() <= body.limits.yaw_rate


@pytest.mark.parametrize(('name', 'config'), [('dwa', DwaConfig), ('mppi', MppiConfig)])
def test_configured_speed_is_the_top_speed(name, config):
    controller, seen = MAKERS[name](config(speed=0.5)), []
    drive(controller, JACKAL, WORLDS[0], barn.RULES, watch=lambda _, u: seen.append(u[0]))
    assert 0.3 < max(seen) <= 0.5


def test_same_seed_gives_the_same_drive():
    first, second = (drive(Navigator(), JACKAL, WORLDS[2], barn.RULES, seed=5) for _ in range(2))
    assert first.time == second.time


def test_planner_stands_at_its_goal():
    controller = Navigator()
    controller.reset(JACKAL, 0.05)
    command = controller.step(observe(goal=np.array([0.0, 0.0, np.nan])))
    assert np.abs(command).max() < 0.5


def test_planner_with_a_known_map_avoids_what_it_cannot_see():
    y = np.arange(-2.0, 0.5, 0.03)
    controller = Navigator(known=np.stack([np.full_like(y, 1.0), y], axis=1))
    controller.reset(JACKAL, 0.05)
    command = controller.step(observe())
    assert command[2] > 0.1


@pytest.mark.parametrize('name', MAKERS)
@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'scan': np.ones(100, dtype=np.float32)}, r'scan: received shape \(100,\)'),
        ({'scan': np.full(720, np.nan, dtype=np.float32)}, 'scan: received only NaN'),
        ({'odom': np.array([0.0, np.nan, 0.0])}, 'odom: received'),
        ({'velocity': np.zeros(2)}, 'velocity: received'),
        ({'goal': np.array([np.inf, 0.0, 0.0])}, 'goal: received'),
        ({'route': np.zeros((0, 2))}, r'route: received shape \(0, 2\)'),
        ({'route': np.full((2, 2), np.nan)}, 'route: received a non-finite number'),
    ],
)
def test_bad_observation_is_refused(name, changes, message):
    controller = MAKERS[name]()
    controller.reset(JACKAL, 0.05)
    with pytest.raises(InvalidInputError, match=message):
        controller.step(observe(**changes))


def test_jump_of_odometry_is_refused():
    with pytest.raises(InvalidInputError, match='odom: received a jump of 5.00 m in 0.050 s'):
        check_observation(observe(time=0.05, odom=np.array([5.0, 0.0, 0.0])), JACKAL, observe())


def test_unknown_controller_lists_the_known_ones():
    with pytest.raises(InvalidInputError, match='allowed: .*dwa.*mppi.*planner'):
        make_controller('magic')


def test_a_trained_model_is_a_controller_by_its_folder(tmp_path):
    trained = make_controller(f'model:{find_model("mobility_base")}')
    assert isinstance(trained, LearnedController)
    with pytest.raises(InvalidInputError, match=str(tmp_path)):
        make_controller(f'model:{tmp_path}')
