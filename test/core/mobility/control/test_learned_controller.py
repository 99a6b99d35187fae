"""The learned controller drives, is guarded, and is as quick as it must be."""

import time

import numpy as np
import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.features import FeatureConfig, feature_size
from valet_core.mobility.control.learned_controller import LearnedConfig, LearnedController
from valet_core.mobility.control.networks import PolicyNetwork, load_policy, save_policy
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.world import World
from valet_core.policy.mlp import Mlp


def constant(action) -> PolicyNetwork:
    """A network that always wants the same."""
    size = feature_size(FeatureConfig())
    return PolicyNetwork(Mlp([(np.zeros((3, size)), np.array(action))]), FeatureConfig())


def make(body, action, config=None) -> LearnedController:
    controller = LearnedController(body, 0.05, constant(action), config)
    controller.reset(DriveGoal(np.array([[5.0, 0.0]])))
    return controller


def observation(body, scan=None, odom=(0.0, 0.0, 0.0), velocity=(0.0, 0.0, 0.0), at=0.0):
    scan = np.full(body.sensor.rays, body.sensor.range_max) if scan is None else scan
    return MobilityObservation(at, scan, np.array(odom), np.array(velocity),
                               np.array([5.0, 0.0, np.nan]))  # fmt: skip


def wall_ahead(distance: float) -> World:
    return World('wall', np.zeros((0, 3)), np.array([[distance, -3.0, distance, 3.0]]),
                 np.zeros((1, 3)), np.array([[distance + 2.0, 0.0, np.nan]]))  # fmt: skip


def drive_into_wall(body, guarded: bool) -> bool:
    # Long enough for the slowest of them to get to the wall.
    timeout = 3.0 + 2.5 / body.limits.forward
    sim = PlanarSim(body, [wall_ahead(2.5)], 1, SimConfig(period=0.05, timeout=timeout), 0)
    controller = make(body, [1.0, 0.0, 0.0], LearnedConfig(guarded=guarded))
    sensed = sim.reset()
    while True:
        command = controller.act(MobilityObservation(
            float(sensed.time[0]), sensed.scan[0], sensed.odom[0], sensed.velocity[0],
            sensed.goal[0],
        )).actions[0]  # fmt: skip
        sensed, out = sim.step(command[None])
        if out.done[0]:
            return bool(out.collided[0])


@pytest.mark.parametrize('name', ['jackal', 'jackal_real', 'forklift', 'go1'])
def test_guard_stops_a_policy_that_drives_into_a_wall(name):
    body = find_embodiment(name)
    assert drive_into_wall(body, guarded=False)
    assert not drive_into_wall(body, guarded=True)


def test_guard_lets_a_clear_command_pass_unchanged():
    body = find_embodiment('jackal')
    controller = make(body, [0.4, 0.0, 0.1])
    command = controller.act(observation(body)).actions[0]
    np.testing.assert_allclose(command, [0.8, 0.0, 0.4], atol=1e-6)
    assert controller.guard.interventions == 0


def test_stored_policy_acts_as_before(tmp_path):
    rng = np.random.default_rng(2)
    size = feature_size(FeatureConfig())
    layers = [(rng.standard_normal((8, size)), rng.standard_normal(8)),
              (rng.standard_normal((3, 8)), rng.standard_normal(3))]  # fmt: skip
    policy = PolicyNetwork(Mlp(layers), FeatureConfig(), Mlp(layers[:1] + layers[1:]))
    save_policy(tmp_path / 'model', policy, {'seed': 2})
    x = rng.standard_normal((4, size)).astype(np.float32)
    np.testing.assert_array_equal(load_policy(tmp_path / 'model').act(x), policy.act(x))


def test_missing_model_says_what_is_allowed(tmp_path):
    with pytest.raises(InvalidInputError, match='valet train mobility'):
        load_policy(tmp_path / 'nothing')


def test_network_of_other_features_is_refused():
    with pytest.raises(InvalidInputError, match='inputs'):
        PolicyNetwork(Mlp([(np.zeros((3, 7)), np.zeros(3))]), FeatureConfig())


@pytest.mark.parametrize(
    'change',
    [
        lambda o: o._replace(scan=o.scan[:-1]),
        lambda o: o._replace(scan=np.full_like(o.scan, np.nan)),
        lambda o: o._replace(odom=np.array([50.0, 0.0, 0.0])),
        lambda o: o._replace(goal=np.array([np.inf, 0.0, 0.0])),
        lambda o: o._replace(route=np.zeros((0, 2))),
    ],
)
def test_bad_observation_is_refused(change):
    body = find_embodiment('jackal')
    controller = make(body, [0.1, 0.0, 0.0])
    controller.act(observation(body))
    with pytest.raises(InvalidInputError, match='received'):
        controller.act(change(observation(body, at=0.05)))


def test_step_takes_a_few_milliseconds_at_most():
    body = find_embodiment('jackal')
    controller = make(body, [0.3, 0.0, 0.1])
    rng = np.random.default_rng(0)
    taken = []
    for k in range(120):
        scan = rng.uniform(1.0, 4.0, body.sensor.rays)
        seen = observation(body, scan, odom=(0.01 * k, 0.0, 0.0), at=0.05 * k)
        began = time.thread_time()
        controller.act(seen)
        taken.append(time.thread_time() - began)
    assert np.percentile(taken[5:], 90) < 0.01  # the target of 3 ms is for a quiet machine


def test_guard_does_not_back_up_into_what_was_never_seen():
    body = find_embodiment('jackal')
    behind = World('behind', np.zeros((0, 3)), np.array([[-0.6, -3.0, -0.6, 3.0]]),
                   np.zeros((1, 3)), np.array([[-3.0, 0.0, np.nan]]))  # fmt: skip
    for guarded in (False, True):
        sim = PlanarSim(body, [behind], 1, SimConfig(period=0.05, timeout=3.0), 0)
        controller = make(body, [-0.3, 0, 0], LearnedConfig(guarded=guarded))
        sensed = sim.reset()
        for _ in range(40):
            command = controller.act(MobilityObservation(
                float(sensed.time[0]), sensed.scan[0], sensed.odom[0], sensed.velocity[0],
                sensed.goal[0],
            )).actions[0]  # fmt: skip
            sensed, out = sim.step(command[None])
        assert bool(out.collided[0]) != guarded
