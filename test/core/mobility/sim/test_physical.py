"""Mobile bases in MuJoCo: kinematics by hand, the scanner, contacts, and the planar simulator."""

import math

import numpy as np
import pytest

from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.mobility.body.catalogue import embodiment_files, find_embodiment
from valet_core.mobility.body.embodiment import Embodiment, Odometry
from valet_core.mobility.body.physique import Body, Legs
from valet_core.mobility.control.navigator import Navigator
from valet_core.mobility.evaluation.agreement import drive_agreement, open_world, scan_agreement
from valet_core.mobility.evaluation.drive import drive
from valet_core.mobility.evaluation.speed import reference_scan
from valet_core.mobility.sim.physical.bases import make_base
from valet_core.mobility.sim.physical.dead_reckoning import DeadReckoning
from valet_core.mobility.sim.physical.mujoco_sim import MujocoSim
from valet_core.mobility.sim.physical.trot import Trot, leg_angles
from valet_core.mobility.sim.physical.wheels import ackermann_angles, wheel_speeds
from valet_core.mobility.sim.planar_sim import SimConfig
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World

EXACT = SimConfig(period=0.05, noise=False, timeout=100.0)


def simulator(name, world=None, config=EXACT, seed=0):
    sim = MujocoSim(find_embodiment(name), [world or open_world()], 1, config, seed)
    sim.reset(tasks=np.array([0]))
    return sim


def after(sim, command, seconds):
    """Drive, and return the mean velocity of the last second and the final pose."""
    velocities = []
    for _ in range(round(seconds / 0.05)):
        sim.step(np.array([command], dtype=float))
        velocities.append(sim.velocity[0])
    return np.mean(velocities[-20:], axis=0), sim.pose[0]


def test_wheel_speeds_by_hand():
    # 0.5 m/s less or more 1 rad/s x 0.2 m, over 0.1 m
    assert wheel_speeds(0.5, 1.0, track=0.4, radius=0.1) == pytest.approx([3.0, 7.0])


def test_ackermann_angles_by_hand():
    # wheelbase 1 m and tan 0.5: a circle of 2 m; the wheels stand 0.5 m inside and outside
    angles = ackermann_angles(math.atan(0.5), wheelbase=1.0, track=1.0)
    assert angles == pytest.approx([math.atan(1 / 1.5), math.atan(1 / 2.5)])
    assert ackermann_angles(0.0, 1.0, 1.0) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize('side', [1.0, -1.0])
def test_leg_angles_put_the_foot_there(side):
    legs = Legs()
    for x, y, z in [(0.0, 0.0, -0.27), (0.1, 0.03, -0.25), (-0.12, -0.05, -0.3)]:
        offset = legs.offset * side
        a, h, k = leg_angles(x, offset + y, z, offset, legs.thigh, legs.calf)
        plane = np.array([
            -legs.thigh * math.sin(h) - legs.calf * math.sin(h + k),
            offset,
            -legs.thigh * math.cos(h) - legs.calf * math.cos(h + k),
        ])  # fmt: skip
        foot = [
            plane[0],
            math.cos(a) * plane[1] - math.sin(a) * plane[2],
            math.sin(a) * plane[1] + math.cos(a) * plane[2],
        ]
        assert foot == pytest.approx([x, offset + y, z], abs=1e-9)


def test_diagonal_legs_move_together():
    angles = Trot(Legs()).step(np.array([0.3, 0, 0]), np.zeros(3), np.array([0, 0, 1.0]), 0.1)
    assert angles[0, 1:] == pytest.approx(angles[3, 1:])
    assert angles[1, 1:] == pytest.approx(angles[2, 1:])
    assert angles[0, 1] != pytest.approx(angles[1, 1], abs=0.05)


def test_exact_dead_reckoning_follows_an_arc():
    reckoning = DeadReckoning(Odometry(), noise=False, rng=np.random.default_rng(0))
    start = np.array([2.0, -1.0, 2.5])
    reckoning.reset(start)
    for t in np.linspace(0.0, 4.0, 41)[1:]:  # 1 m/s on a circle of 2 m
        yaw = 2.5 + 0.5 * t
        place = start[:2] + 2.0 * np.array(
            [math.sin(yaw) - math.sin(2.5), math.cos(2.5) - math.cos(yaw)]
        )
        reckoning.advance(np.array([*place, math.remainder(yaw, 2 * math.pi)]))
    assert reckoning.pose == pytest.approx([2 * math.sin(2.0), 2 * (1 - math.cos(2.0)), 2.0])


@pytest.mark.parametrize(
    ('name', 'command', 'tolerance'),
    [
        ('jackal_real', (1.0, 0.0, 0.8), 0.02),
        ('carter', (-0.4, 0.0, 0.5), 0.02),
        ('omni', (0.4, -0.5, 0.6), 0.02),
        ('forklift', (0.8, 0.0, 0.5), 0.03),
        ('g1', (0.5, 0.2, 0.4), 0.02),
        ('go1', (0.4, 0.0, 0.3), 0.08),
        ('go1', (0.0, 0.2, 0.0), 0.08),
    ],
)
def test_a_base_takes_on_the_velocity_it_is_told(name, command, tolerance):
    sim = simulator(name)
    velocity, _ = after(sim, command, 4.0)
    assert velocity == pytest.approx(command, abs=tolerance)
    assert not sim.fallen and not sim.contact


def test_a_differential_base_does_not_move_sideways():
    velocity, pose = after(simulator('jackal_real'), (0.0, 0.5, 0.0), 1.0)
    assert np.abs([*velocity, *pose]).max() < 2e-3


def test_a_steered_base_cannot_turn_where_it_stands():
    _, pose = after(simulator('forklift'), (0.0, 0.0, 1.0), 1.0)
    assert np.abs(pose).max() < 2e-3


def test_a_steered_base_turns_no_tighter_than_its_wheels_allow():
    body = find_embodiment('forklift')
    velocity, _ = after(simulator('forklift'), (0.5, 0.0, 1.2), 6.0)
    radius = velocity[0] / velocity[2]
    assert radius == pytest.approx(1.05 / math.tan(math.radians(55.0)), rel=0.03)
    assert body.turning_radius == pytest.approx(0.735, abs=1e-3)


def test_no_base_exceeds_its_speed():
    velocity, _ = after(simulator('jackal_real'), (9.0, 0.0, 0.0), 3.0)
    assert velocity[0] == pytest.approx(2.0, abs=0.02)


def test_the_scanner_sees_cylinders_as_the_planar_one_does():
    body = find_embodiment('jackal_real')
    world = generate('barn', 5, body)
    sim = simulator('jackal_real', world)
    x, y, yaw = sim.pose[0]
    c, s = math.cos(yaw), math.sin(yaw)
    mount = body.sensor.x
    pose = np.array([x + c * mount, y + s * mount, yaw])
    expected = reference_scan(
        pose, body.sensor.angles, world.circles, world.segments, body.sensor.range_max
    )
    assert (expected < body.sensor.range_max).sum() > 300
    assert sim.scan() == pytest.approx(expected, abs=2e-3)


def test_both_scanners_agree_among_walls():
    found = scan_agreement(find_embodiment('omni'), 'office', seed=3)
    assert found['median_m'] < 6e-3  # walls are 1 cm thick here
    assert found['share'] < 0.02


def wall_ahead():
    circles = np.array([[1.0, 0.0, 0.1]])
    return World('post', circles, np.zeros((0, 4)), np.zeros((1, 3)), np.array([[9, 0, np.nan]]))


def test_contact_comes_where_the_outline_meets_the_post():
    sim = simulator('jackal_real', wall_ahead())
    for _ in range(100):
        _, outcome = sim.step(np.array([[0.4, 0.0, 0.0]]))
        if outcome.done[0]:
            break
    assert outcome.collided[0] and sim.contact == 'circle_0'
    # 0.1 m of post and 0.21 m of robot before the post's centre
    assert sim.pose[0, 0] == pytest.approx(1.0 - 0.1 - 0.21, abs=0.01)


def test_the_drive_ends_at_the_goal():
    world = World('g', np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((1, 3)), np.array([[2, 0, 0]]))
    sim = simulator('jackal_real', world)
    for _ in range(100):
        _, outcome = sim.step(np.array([[1.0, 0.0, 0.0]]))
        if outcome.done[0]:
            break
    assert outcome.arrived[0]
    assert sim.pose[0, 0] == pytest.approx(1.5, abs=0.03)
    # 2 m/s2 up to 1 m/s: 0.25 m in 0.5 s, then 1.25 m; the clock starts at 0.1 m, 0.316 s
    assert outcome.elapsed[0] == pytest.approx(1.75 - 0.316, abs=0.12)


def test_a_drive_is_repeatable_and_seeds_differ():
    commands = np.array([[0.5, 0.0, 0.4]])

    def end(seed):
        sim = simulator('jackal_real', generate('barn', 1, find_embodiment('jackal')),
                        SimConfig(), seed)  # fmt: skip
        for _ in range(20):
            seen, _ = sim.step(commands)
        return np.concatenate([seen.odom[0], seen.velocity[0], seen.scan[0]])

    assert np.array_equal(end(3), end(3))
    assert not np.array_equal(end(3), end(4))


def test_odometry_without_noise_is_the_true_motion():
    sim = simulator('go1')
    start = sim.pose[0]
    after(sim, (0.4, 0.0, 0.3), 2.0)
    c, s = math.cos(start[2]), math.sin(start[2])
    x, y = sim.pose[0, :2] - start[:2]
    assert sim.odom[0, :2] == pytest.approx([c * x + s * y, c * y - s * x], abs=1e-3)


@pytest.mark.parametrize('name', ['jackal_real', 'forklift', 'omni'])
def test_both_simulators_bring_the_base_to_nearly_the_same_place(name):
    for row in drive_agreement(find_embodiment(name), seconds=3.0):
        assert row.position < 0.02 * row.distance + 0.02, row
        assert row.heading < 0.03, row


def test_people_walk_and_are_seen():
    body = find_embodiment('omni')
    world = generate('ward', 1, body)
    sim = simulator('omni', world, SimConfig(people=True, noise=False))
    before = sim.people.copy()
    for _ in range(40):
        sim.step(np.zeros((1, 3)))
    moved = np.linalg.norm(sim.people[:, :2] - before[:, :2], axis=1)
    assert moved.max() > 0.3
    assert np.allclose(sim.data.mocap_pos[moved > 0, :2], sim.people[moved > 0, :2])


def test_barn_can_be_driven_in_mujoco():
    body = find_embodiment('jackal')
    rules = SimConfig(period=0.05, timeout=60.0, goal_tolerance=1.0)
    result = drive(
        Navigator(body, rules.period), generate('barn', 7, body), rules, simulator='mujoco'
    )
    assert result.success and not result.collision


def test_an_unknown_simulator_is_refused():
    body = find_embodiment('jackal')
    with pytest.raises(InvalidInputError, match="received 'gazebo'; allowed: planar, mujoco"):
        drive(Navigator(body, 0.05), open_world(), simulator='gazebo')


def test_wrong_commands_are_refused():
    sim = simulator('omni')
    for command in (np.zeros((2, 3)), np.array([[np.nan, 0, 0]])):
        with pytest.raises(InvalidInputError, match='commands: received'):
            sim.step(command)


@pytest.mark.parametrize('name', embodiment_files())
def test_every_shipped_embodiment_stands(name):
    sim = simulator(name)
    assert np.abs(sim.pose[0, :2]).max() < 0.02
    assert not sim.fallen


def test_a_body_that_does_not_go_with_the_drive_is_refused():
    mapping = {
        'name': 'odd', 'drive': 'omnidirectional',
        'footprint': [[0.3, 0.2], [-0.3, 0.2], [-0.3, -0.2], [0.3, -0.2]],
        'limits': {'forward': 1.0, 'yaw_rate': 1.0, 'acceleration': 1.0, 'yaw_acceleration': 1.0},
        'sensor': {'fov_deg': 270.0, 'rays': 100, 'range_max': 5.0},
        'body': {'kind': 'quadruped'},
    }  # fmt: skip
    with pytest.raises(ConfigError, match="'quadruped' with drive 'omnidirectional'"):
        make_base(Embodiment.from_mapping(mapping))
    mapping['body'] = {'kind': 'servo', 'mass': -3.0}
    with pytest.raises(ConfigError, match='body: mass: -3.0 is below the allowed 0.5'):
        Embodiment.from_mapping(mapping, 'odd.yaml')
    assert Body().kind == 'auto'
