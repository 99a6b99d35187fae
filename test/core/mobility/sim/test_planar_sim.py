"""Motion, sensing and end rules of the planar simulator."""

import dataclasses

import numpy as np
import pytest
from places import EMBODIMENTS

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Actuation, Embodiment
from valet_core.mobility.sim.planar_sim import PlanarSim, SimConfig
from valet_core.mobility.sim.world import World

QUIET = SimConfig(noise=False, period=0.1)


def load(name, **changes):
    return dataclasses.replace(Embodiment.load(EMBODIMENTS / f'{name}.yaml'), **changes)


def world(circles=(), segments=((-50, -50, 50, -50),), start=(0, 0, 0), goal=(40, 0, np.nan)):
    return World('test', np.array(circles), np.array(segments), [start], [goal])


def drive(body, command, steps, config=QUIET, **kwargs):
    sim = PlanarSim(body, [world(**kwargs)], 1, config)
    sim.reset()
    for _ in range(steps):
        observation, outcome = sim.step(np.array([command], dtype=float))
    return sim, observation, outcome


def test_straight_drive_covers_speed_times_time():
    body = load('jackal', actuation=Actuation(time_constant=0.0))
    sim, observation, _ = drive(body, (1.0, 0, 0), 30)
    lost = 1.0**2 / (2 * 20.0)  # while it speeds up at 20 m/s2
    assert sim.pose[0, 0] == pytest.approx(3.0 - lost, abs=0.006)
    np.testing.assert_allclose(observation.odom, sim.pose, atol=1e-9)


def test_acceleration_limit_holds():
    sim, _, _ = drive(load('jackal_real', actuation=Actuation(time_constant=0.0)), (2, 0, 0), 5)
    assert sim.velocity[0, 0] == pytest.approx(2.0 * 0.5)


def test_speed_limit_holds_whatever_is_commanded():
    sim, _, _ = drive(load('jackal'), (9, 9, 9), 20)
    assert sim.velocity[0].tolist() == pytest.approx([2.0, 0.0, 4.0], abs=1e-3)


def test_delay_holds_the_command_back():
    body = load('jackal', actuation=Actuation(delay=0.25, time_constant=0.0))
    sim, _, _ = drive(body, (1, 0, 0), 2)
    assert sim.velocity[0, 0] == 0.0
    sim.step(np.array([[1.0, 0, 0]]))
    assert sim.velocity[0, 0] == pytest.approx(20 * 0.05)


def test_only_a_holonomic_base_moves_sideways():
    assert drive(load('omni'), (0, 0.5, 0), 20)[0].pose[0, 1] > 0.5
    assert drive(load('carter'), (0, 0.5, 0), 20)[0].pose[0, 1] == 0.0


def test_forklift_cannot_turn_tighter_than_its_steering():
    sim, _, _ = drive(load('forklift'), (0.5, 0, 1.2), 60)
    radius = abs(sim.velocity[0, 0] / sim.velocity[0, 2])
    assert radius == pytest.approx(load('forklift').turning_radius, rel=1e-3)


def test_forklift_does_not_turn_on_the_spot():
    assert drive(load('forklift'), (0, 0, 1.0), 20)[0].pose[0].tolist() == [0, 0, 0]


def test_forklift_turns_the_wanted_way_in_reverse():
    assert drive(load('forklift'), (-0.5, 0, 0.3), 30)[0].velocity[0, 2] > 0.2


def test_collision_ends_the_drive_at_the_obstacle():
    sim, _, outcome = drive(load('jackal'), (1, 0, 0), 60, circles=[(2.0, 0, 0.1)])
    assert outcome.collided[0]
    assert sim.pose[0, 0] == pytest.approx(2.0 - 0.1 - 0.21, abs=0.011)


def test_arrival_and_clock_from_a_tenth_of_a_metre():
    config = dataclasses.replace(QUIET, goal_tolerance=1.0)
    sim = PlanarSim(load('jackal'), [world(goal=(3, 0, np.nan))], 1, config)
    sim.reset()
    for _ in range(10):
        _, outcome = sim.step(np.zeros((1, 3)))
    assert outcome.elapsed[0] == 0.0
    for _ in range(40):
        _, outcome = sim.step(np.array([[1.0, 0, 0]]))
        if outcome.done[0]:
            break
    assert outcome.arrived[0]
    assert sim.pose[0, 0] == pytest.approx(2.0, abs=0.02)
    assert outcome.elapsed[0] == pytest.approx(1.9, abs=0.03)


def test_timeout_ends_the_drive():
    config = dataclasses.replace(QUIET, timeout=1.0)
    _, _, outcome = drive(load('jackal'), (0, 0, 0), 10, config)
    assert outcome.timed_out[0]


def test_robot_stands_still_once_its_drive_is_over():
    sim, _, _ = drive(load('jackal'), (1, 0, 0), 60, circles=[(2.0, 0, 0.1)])
    before = sim.pose.copy()
    sim.step(np.array([[1.0, 0, 0]]))
    np.testing.assert_array_equal(sim.pose, before)


def test_goal_is_given_in_the_odometry_frame():
    place = world(start=(1, 2, np.pi / 2), goal=(1, 5, np.nan))
    observation = PlanarSim(load('jackal'), [place], 1, QUIET).reset()
    np.testing.assert_allclose(observation.goal[0, :2], [3, 0], atol=1e-12)
    np.testing.assert_array_equal(observation.odom, 0.0)


def test_scan_starts_at_the_sensor():
    sim = PlanarSim(load('jackal'), [world(segments=[(2, -5, 2, 5)])], 1, QUIET)
    observation = sim.reset()
    middle = observation.scan[0, 359:361]
    assert middle == pytest.approx([2 - 0.12] * 2, abs=1e-4)


def test_same_seed_gives_the_same_run_and_another_seed_another():
    def run(seed):
        sim = PlanarSim(load('go1'), [world([(3, 1, 0.5)])], 4, SimConfig(), seed)
        sim.reset()
        for _ in range(20):
            observation, _ = sim.step(np.tile([0.4, 0.1, 0.2], (4, 1)))
        return observation

    for first, second in zip(run(1), run(1), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(run(1).scan, run(2).scan)


def test_odometry_drifts_only_with_noise():
    noisy, observation, _ = drive(load('go1'), (0.5, 0, 0.1), 200, SimConfig(period=0.1))
    assert 0.001 < np.linalg.norm(observation.odom[0, :2] - noisy.pose[0, :2]) < 2.0


def test_people_walk_and_wait_for_the_robot():
    walks = np.array([[[1.5, 0.0], [-6.0, 0.0]]])
    place = dataclasses.replace(world(), walks=walks)
    sim = PlanarSim(load('jackal'), [place], 1, SimConfig(people=True, noise=False))
    sim.reset()
    for _ in range(200):
        _, outcome = sim.step(np.zeros((1, 3)))
    assert not outcome.collided[0]
    assert (sim.people[0, 0, :2] != walks[0, 0]).any()


@pytest.mark.parametrize('commands', [np.zeros((2, 3)), np.full((1, 3), np.nan)])
def test_bad_commands_are_refused(commands):
    sim = PlanarSim(load('jackal'), [world()], 1, QUIET)
    sim.reset()
    with pytest.raises(InvalidInputError, match='commands: received'):
        sim.step(commands)
