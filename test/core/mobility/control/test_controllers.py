"""Every classical controller: drives, holds its limits, refuses bad input."""


import numpy as np
import pytest
from places import DATA, EMBODIMENTS

from valet_core.common.assets import find_model
from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.baselines.dwa import Dwa, DwaConfig
from valet_core.mobility.control.baselines.mppi import Mppi, MppiConfig
from valet_core.mobility.control.learned_controller import LearnedController
from valet_core.mobility.control.navigator import Navigator
from valet_core.mobility.control.observation import (
    DriveGoal,
    MobilityObservation,
    check_observation,
)
from valet_core.mobility.control.registry import make_controller
from valet_core.mobility.control.surroundings import describe
from valet_core.mobility.evaluation import barn
from valet_core.mobility.evaluation.drive import drive
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World
from valet_core.mobility.sim.world_files import load_barn

WORLDS = load_barn(DATA / 'barn_like_worlds.jsonl')
JACKAL = Embodiment.load(EMBODIMENTS / 'jackal.yaml')
MAKERS = {'dwa': Dwa, 'mppi': Mppi, 'planner': Navigator}
PERIOD = 0.05
GOAL = DriveGoal(np.array([[3.0, 0.0]]))


def observe(body=JACKAL, **changes):
    values = {
        'time': 0.0,
        'scan': np.full(body.sensor.rays, body.sensor.range_max, dtype=np.float32),
        'odom': np.zeros(3),
        'velocity': np.zeros(3),
        'goal': np.array([3.0, 0.0, np.nan]),
    }
    return MobilityObservation(**{**values, **changes})


def first_command(controller, observation):
    controller.reset(GOAL)
    return controller.act(observation).actions[0]


@pytest.mark.parametrize('name', MAKERS)
def test_drives_through_a_field(name):
    result = drive(MAKERS[name](JACKAL, PERIOD), WORLDS[1], barn.RULES, seed=3)
    assert result.success
    assert barn.score(WORLDS[1], result.success, result.time) > 0.3


def test_planner_drives_through_every_test_world_with_real_limits():
    body = Embodiment.load(EMBODIMENTS / 'jackal_real.yaml')
    for world in WORLDS:
        assert drive(Navigator(body, PERIOD), world, barn.RULES, seed=1).success


@pytest.mark.parametrize('name', ['carter', 'omni', 'go1', 'g1'])
def test_planner_drives_other_bodies(name):
    body = Embodiment.load(EMBODIMENTS / f'{name}.yaml')
    assert drive(Navigator(body, PERIOD), generate('warehouse', 300_001, body)).success


def test_planner_backs_out_of_a_dead_end():
    """A pocket between robot and goal: sensing alone leads in, memory leads out."""
    pocket = [(3, -1, 3, 1), (1, 1, 3, 1), (1, -1, 3, -1), (-9, -9, -9, 9), (-9, 9, 9, 9)]
    world = World('pocket', [], pocket, [[0, 0, 0]], [[6, 0, np.nan]])
    assert drive(Navigator(JACKAL, PERIOD), world).success


@pytest.mark.parametrize('name', MAKERS)
def test_commands_keep_the_limits_and_a_differential_base_never_slides(name):
    body = Embodiment.load(EMBODIMENTS / 'carter.yaml')
    controller = MAKERS[name](body, PERIOD)
    act, seen = controller.act, []
    controller.act = lambda observation: seen.append(act(observation)) or seen[-1]
    drive(controller, generate('office', 300_000, body))
    commands = np.array([chunk.actions[0] for chunk in seen])
    assert commands[:, 0].max() <= body.limits.forward
    assert commands[:, 0].min() >= -body.limits.backward
    assert (commands[:, 1] == 0.0).all()
    assert np.abs(commands[:, 2]).max() <= body.limits.yaw_rate


@pytest.mark.parametrize(('name', 'config'), [('dwa', DwaConfig), ('mppi', MppiConfig)])
def test_configured_speed_is_the_top_speed(name, config):
    controller, seen = MAKERS[name](JACKAL, PERIOD, config(speed=0.5)), []
    drive(controller, WORLDS[0], barn.RULES, watch=lambda _, u: seen.append(u[0]))
    assert 0.3 < max(seen) <= 0.5


def test_same_seed_gives_the_same_drive():
    first, second = (
        drive(Navigator(JACKAL, PERIOD), WORLDS[2], barn.RULES, seed=5) for _ in range(2)
    )
    assert first.time == second.time


def test_planner_stands_at_its_goal():
    command = first_command(Navigator(JACKAL, PERIOD), observe(goal=np.array([0.0, 0.0, np.nan])))
    assert np.abs(command).max() < 0.5


def test_planner_with_a_known_map_avoids_what_it_cannot_see():
    y = np.arange(-2.0, 0.5, 0.03)
    known = np.stack([np.full_like(y, 1.0), y], axis=1)
    command = first_command(Navigator(JACKAL, PERIOD, known=known), observe())
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
    with pytest.raises(InvalidInputError, match=message):
        first_command(MAKERS[name](JACKAL, PERIOD), observe(**changes))


def test_jump_of_odometry_is_refused():
    with pytest.raises(InvalidInputError, match='odom: received a jump of 5.00 m in 0.050 s'):
        check_observation(observe(time=0.05, odom=np.array([5.0, 0.0, 0.0])), JACKAL, observe())


def test_unknown_controller_lists_the_known_ones():
    with pytest.raises(InvalidInputError, match='allowed: .*dwa.*mppi.*planner'):
        make_controller('magic', None, PERIOD)


def test_a_trained_model_is_a_controller_by_its_folder(tmp_path):
    for name in (f'model:{find_model("mobility_base")}', str(find_model('mobility_base'))):
        assert isinstance(make_controller(name, JACKAL, PERIOD), LearnedController)
    for name in (f'model:{tmp_path}', str(tmp_path)):
        with pytest.raises(InvalidInputError, match=str(tmp_path)):
            make_controller(name, JACKAL, PERIOD)


@pytest.mark.parametrize('name', [*MAKERS, 'generalist'])
def test_a_chunk_is_one_command_with_an_embedding_of_one_size(name):
    controller = make_controller(name, JACKAL, PERIOD)
    controller.reset(GOAL)
    sizes = set()
    for step in range(3):
        chunk = controller.act(observe(time=PERIOD * step))
        assert chunk.actions.shape == (1, len(controller.spec.actions))
        sizes.add(chunk.embedding.shape)
        assert chunk.embedding.dtype == np.float32
        assert np.isfinite(chunk.embedding).all()
    assert len(sizes) == 1
    assert controller.spec.period == PERIOD


def test_surroundings_by_hand():
    scan = np.full(JACKAL.sensor.rays, JACKAL.sensor.range_max, dtype=np.float32)
    ahead = int(np.argmin(np.abs(JACKAL.sensor.angles)))
    scan[ahead] = 2.0
    seen = observe(scan=scan, odom=np.array([1.0, 1.0, np.pi / 2]), velocity=np.array([0.5, 0, 0]),
                   goal=np.array([1.0, 4.0, np.nan]))  # fmt: skip
    vector = describe(JACKAL, seen, np.array([0.0, 1.0]))
    np.testing.assert_allclose(vector[:7], [3.0, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0], atol=1e-6)
    room = vector[7:]
    assert sorted(room)[0] == pytest.approx(2.0 + JACKAL.sensor.pose[0], abs=1e-5)
    assert (room == 5.0).sum() == 7
