"""The dressing environment: contract, replay, and how an episode ends."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from valet_core.common.errors import ConfigError
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_env import DressingEnv, TaskConfig
from valet_core.dressing.sim.garments import garment
from valet_core.safety.arm import SeparationConfig
from valet_core.simulation.person import PersonConfig

CELL = DressingCell(PersonConfig(elbow_flexion_deg=20.0), garment('t_shirt'), seed=3)
FORWARD = np.array([-0.1, 0.0, 0.0, 0.0, 0.0, 0.0])  # the base frame is parallel to the world's


@pytest.fixture(scope='module')
def env():
    return DressingEnv(CELL)


@pytest.fixture
def unguarded():
    """Without the rule by which no link comes near the person."""
    return DressingEnv(CELL, task=TaskConfig(separation=SeparationConfig(enabled=False)))


def roll(env, action, steps):
    rows = [env.step(action) for _ in range(steps)]
    return rows[-1]


def test_the_environment_keeps_gymnasiums_contract(env):
    check_env(env, skip_render_check=True)


def test_the_same_cell_and_actions_give_the_same_episode_bit_for_bit(env):
    other = DressingEnv(CELL)
    results = []
    for each in (env, other, env):
        each.reset()
        observation, *_ = roll(each, FORWARD, 10)
        results.append((observation, each.metrics()))
    for observation, metrics in results[1:]:
        assert metrics == results[0][1]
        for key, value in results[0][0].items():
            np.testing.assert_array_equal(observation[key], value, err_msg=key)


def test_another_seed_is_another_episode(env):
    first, _ = env.reset(options={'cell': CELL})
    second, _ = env.reset(options={'cell': DressingCell(CELL.person, CELL.garment, seed=4)})
    assert not np.array_equal(first['T_base_tool'], second['T_base_tool'])
    env.reset(options={'cell': CELL})


def test_a_world_goes_back_to_a_snapshot_exactly(unguarded):
    env = unguarded  # what the separation rule has seen is not of the world
    env.reset()
    roll(env, FORWARD, 5)
    at = env.world.snapshot()
    roll(env, FORWARD, 5)
    vertices, q = env.world.scene.vertices.copy(), env.world.robot.q
    env.world.restore(at)
    roll(env, FORWARD, 5)
    np.testing.assert_array_equal(env.world.scene.vertices, vertices)
    np.testing.assert_array_equal(env.world.robot.q, q)


def test_the_arm_is_seen_in_the_base_frame(env):
    observation, _ = env.reset()
    T = env.world.T_world_base
    world = observation['joints'] @ T[:3, :3].T + T[:3, 3]
    np.testing.assert_allclose(world, env.world.person.arm.joints, atol=1e-9)


def test_the_wrench_is_in_the_tools_axes(env):
    observation, _ = env.reset()
    R = env.world.robot.T_world_tool[:3, :3]
    force = R @ observation['wrench'][:3]
    np.testing.assert_allclose(force, env.world.scene.tool_force[:3], atol=1e-9)
    assert force[2] < 0.0  # the garment hangs


def test_an_action_beyond_the_bounds_is_cut(env):
    env.reset()
    start = env.world.robot.T_base_tool[:3, 3]
    roll(env, np.array([0.0, 0.0, 50.0, 0.0, 0.0, 0.0]), 4)
    moved = np.linalg.norm(env.world.robot.T_base_tool[:3, 3] - start)
    assert moved <= 0.15 * 0.2 + 1e-3


def test_the_sum_of_rewards_is_the_potential_reached(env):
    _, info = env.reset()
    start = info['truth']
    total = 0.0
    for _ in range(40):
        _, reward, *_, info = env.step(FORWARD)
        total += reward
    elbow = env.world.person.arm.elbow_arc
    value = lambda t: t.arc + 4 * max(0.0, t.arc - elbow)  # noqa: E731
    assert total == pytest.approx(value(info['truth']) - value(start))


def test_the_horizon_cuts_an_episode_off():
    env = DressingEnv(CELL, task=TaskConfig(horizon=2))
    env.reset()
    *_, terminated, truncated, info = env.step(np.zeros(6))
    assert not (terminated or truncated)
    *_, terminated, truncated, info = env.step(np.zeros(6))
    assert truncated
    assert not terminated
    assert info['episode'].steps == 2


def test_the_force_limit_ends_an_episode():
    # A jacket weighs more than that by itself.
    env = DressingEnv(DressingCell(garment=garment('jacket')), task=TaskConfig(force_limit=1.0))
    env.reset()
    *_, terminated, _, info = env.step(np.zeros(6))
    assert terminated
    assert info['episode'].force_limit
    assert info['episode'].force_peak_n > 1.0


def test_nothing_works_before_reset():
    with pytest.raises(RuntimeError, match=r'reset\(\) comes before'):
        DressingEnv(CELL).metrics()


def test_wrong_rules_are_refused():
    with pytest.raises(ConfigError, match='horizon: 0 is below'):
        TaskConfig(horizon=0)


def test_a_gripper_that_is_sent_into_the_person_is_stopped_before_it_touches(env):
    env.reset()
    for _ in range(60):
        *_, terminated, _, info = env.step(np.array([-0.1, 0.0, -0.1, 0.0, 0.0, 0.0]))
        assert not terminated
    found = env.metrics()
    assert found.contact_peak_n == 0.0
    assert 0.5 < found.slowed_s < 3.0
    assert not found.too_near


def test_a_person_who_is_nearer_than_the_gate_allows_ends_the_episode():
    strict = SeparationConfig(
        gripper_slow=(2.0,) * 5, gripper_stop=(1.9,) * 5, gripper_contact=1.8
    )
    env = DressingEnv(CELL, task=TaskConfig(separation=strict))
    env.reset()
    *_, terminated, _, info = env.step(np.zeros(6))
    assert terminated
    assert info['episode'].too_near


def test_a_gripper_that_presses_the_person_is_felt_and_ends_the_episode(unguarded):
    env = unguarded
    env.reset()
    free = env.world.wrench
    assert env.metrics().contact_peak_n == 0.0
    for _ in range(60):
        # Down through the hand: the base frame is parallel to the world's.
        *_, terminated, _, info = env.step(np.array([-0.1, 0.0, -0.1, 0.0, 0.0, 0.0]))
        if terminated:
            break
    found = info['episode']
    assert terminated
    assert found.force_limit
    assert found.contact_peak_n > 40.0
    assert found.contact_time_s > 0.0
    assert found.contact_between.split(', ') == ['flange', 'hand']
    assert np.linalg.norm(env.world.wrench[:3] - free[:3]) > 5.0


def test_contact_that_is_only_measured_is_told_and_neither_felt_nor_an_end():
    env = DressingEnv(CELL, task=TaskConfig(solid=False))
    env.reset()
    free = env.world.wrench
    for _ in range(20):
        *_, terminated, _, _ = env.step(np.array([-0.1, 0.0, -0.1, 0.0, 0.0, 0.0]))
        assert not terminated
    assert env.metrics().contact_peak_n > 40.0 and not env.metrics().force_limit
    assert np.linalg.norm(env.world.wrench[:3] - free[:3]) < 5.0


def test_what_was_touched_comes_back_with_a_snapshot(unguarded):
    env = unguarded
    env.reset()
    start = env.world.snapshot()
    while not env.step(np.array([-0.1, 0.0, -0.1, 0.0, 0.0, 0.0]))[2]:
        pass
    first = env.metrics()
    assert first.contact_peak_n > 0.0
    env.world.restore(start)
    assert env.world.truth().contact_peak_n == 0.0
    assert env.world.truth().contact_between == ''
    env.reset()
    while not env.step(np.array([-0.1, 0.0, -0.1, 0.0, 0.0, 0.0]))[2]:
        pass
    assert env.metrics() == first
