"""Forces between robot and person, against numbers worked out by hand."""

import numpy as np
import pytest
from places import CONFIG

from valet_core.perception.robot_shape import Capsules, RobotShape
from valet_core.simulation.contact import NO_CONTACT, ContactConfig, PersonContact
from valet_core.simulation.person import Capsule, Person, PersonConfig
from valet_core.simulation.robot import RobotArm, RobotState
from valet_core.simulation.ur_kinematics import JOINT_REACH

SKIN = ContactConfig(damping=0.0)
POINT = Capsules.from_rows(np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03]]))
SHAPE = RobotShape('base_link', 'tool0', {'forearm_link': POINT, 'flange': POINT})
# Along y, its surface at z = 0.04 m.
ARM = Capsule('forearm', np.array([0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0]), 0.04, 'arm')


def place(**positions):
    """Pose frames at positions in the base frame; what is not named is far away."""
    poses = {}
    for name in ('forearm_link', 'flange', 'tool0'):
        poses[name] = np.eye(4)
        poses[name][:3, 3] = positions.get(name, (9.0, 9.0, 9.0))
    return poses


def test_a_link_pressed_in_by_a_millimetre_is_pushed_by_stiffness_times_depth():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), SKIN)
    found = contact.step(place(flange=(0.0, 0.2, 0.069), tool0=(0.0, 0.2, -0.06)), 0.01)
    # 0.03 + 0.04 - 0.069 = 1 mm at 40 N/mm.
    assert found.force == pytest.approx(40.0)
    assert (found.link, found.part) == ('flange', 'forearm')
    np.testing.assert_allclose(found.on_tool, [0, 0, 40.0, 0, 0, 0], atol=1e-6)


def test_the_torque_is_about_the_tool():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), SKIN)
    found = contact.step(place(flange=(0.0, 0.2, 0.069), tool0=(0.1, 0.0, 0.0)), 0.01)
    # From the tool to the skin: (-0.1, 0.2, 0.04); crossed with 40 N along z.
    np.testing.assert_allclose(found.on_tool[3:], [8.0, 4.0, 0.0], atol=1e-6)


def test_what_touches_before_the_wrist_is_not_felt_by_its_sensor():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), SKIN)
    found = contact.step(place(forearm_link=(0.0, 0.0, 0.069)), 0.01)
    assert found.force == pytest.approx(40.0)
    assert found.link == 'forearm_link'
    assert not found.on_tool.any()


def test_nothing_touches_at_a_gap_of_a_millimetre():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), SKIN)
    assert contact.step(place(flange=(0.0, 0.0, 0.071)), 0.01) is NO_CONTACT


def test_skin_resists_more_while_it_is_pressed_in():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), ContactConfig(damping=2.0))
    # From 0 to 1 mm in 10 ms: 0.1 m/s, so a fifth more.
    pressed = contact.step(place(flange=(0.0, 0.0, 0.069)), 0.01)
    held = contact.step(place(flange=(0.0, 0.0, 0.069)), 0.01)
    assert pressed.force == pytest.approx(48.0)
    assert held.force == pytest.approx(40.0)


def test_skin_never_pulls():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), ContactConfig(damping=100.0))
    contact.step(place(flange=(0.0, 0.0, 0.060)), 0.01)
    # From 10 to 1 mm in 10 ms: 1 - 100 * 0.9 is below zero.
    assert contact.step(place(flange=(0.0, 0.0, 0.069)), 0.01).force == 0.0


def test_the_state_comes_back_by_its_depths():
    contact = PersonContact(SHAPE, [ARM], np.eye(4), ContactConfig(damping=2.0))
    contact.step(place(flange=(0.0, 0.0, 0.069)), 0.01)
    before = contact.depths
    first = contact.step(place(flange=(0.0, 0.0, 0.068)), 0.01)
    contact.reset(before)
    again = contact.step(place(flange=(0.0, 0.0, 0.068)), 0.01)
    assert again.force == first.force == pytest.approx(2 * 40.0 * 1.2)


def test_the_person_is_given_in_the_world():
    T = np.eye(4)
    T[:3, :3] = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]  # x of the base is world y
    T[:3, 3] = (0.0, 0.5, 1.0)
    along_x = Capsule('hand', np.array([-1, 0.5, 1.0]), np.array([1, 0.5, 1.0]), 0.04, 'arm')
    contact = PersonContact(SHAPE, [along_x], T, SKIN)
    found = contact.step(place(flange=(0.0, 0.7, 0.069), tool0=(0.0, 0.7, 0.0)), 0.01)
    assert found.force == pytest.approx(75.0)
    np.testing.assert_allclose(found.on_tool, [0, 0, 75.0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize('side', ['right', 'left'])
def test_every_part_of_a_person_has_a_stiffness_and_the_whole_robot_counts(side):
    person = Person(PersonConfig(side=side))
    head = next(c for c in person.capsules if c.name == 'head')
    shape, robot = RobotShape.load(CONFIG / 'robot_ur5e.yaml'), RobotArm(np.eye(4))
    for link, capsules in shape.links.items():
        pose = {'base_link': np.eye(4), **robot.link_transforms()}[link]
        T = np.eye(4)
        T[:3, 3] = head.start - pose[:3, :3] @ capsules.start[0] - pose[:3, 3]
        contact = PersonContact(shape, person.capsules, T)
        assert contact.step(robot.link_transforms(), 0.01).force > 1000.0, link


def test_the_gap_closes_no_faster_than_the_joints_reach():
    shape, robot = RobotShape.load(CONFIG / 'robot_ur5e.yaml'), RobotArm(np.eye(4))
    person = Person(PersonConfig())
    T, rng = np.eye(4), np.random.default_rng(0)
    T[:3, 3] = (0.4, -0.8, 0.8)
    contact = PersonContact(shape, person.capsules, T)
    for _ in range(100):
        q, gaps = rng.uniform(-3, 3, 6), []
        change = rng.normal(size=6) * np.eye(6)[rng.integers(6)] * 0.3
        for pose in (q, q + change):
            robot.restore(RobotState(pose, np.zeros(6)))
            contact.step(robot.link_transforms(), 0.01)
            gaps.append(contact.gap)
        assert abs(gaps[1] - gaps[0]) <= JOINT_REACH @ np.abs(change)
