import numpy as np
import pytest

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.training.reward import DriveReward, RewardConfig

PERIOD = 0.1
CONFIG = RewardConfig()
FREE = np.array([5.0])
STILL = np.zeros((1, 3))


def driving(name='omni', moved=0.0, room=FREE, forward=0.0, change=STILL, yaw=0.0, way=(1, 0)):
    """Reward of a body at (2, 1) that moves along its own x axis [m]."""
    before = np.array([[2.0, 1.0, yaw]])
    after = before + moved * np.array([[np.cos(yaw), np.sin(yaw), 0.0]])
    points = np.array([[way, way]], dtype=float)
    reward = DriveReward(CONFIG, find_embodiment(name), PERIOD)
    return float(reward.driving(before, after, points, room, np.array([forward]), change)[0])


def test_standing_costs_time_alone():
    assert driving() == pytest.approx(-CONFIG.time * PERIOD)


@pytest.mark.parametrize('yaw', [0.0, 2.0])
def test_a_period_at_top_speed_along_the_way_earns_a_period(yaw):
    top = find_embodiment('omni').limits.forward
    expected = (CONFIG.progress - CONFIG.time) * PERIOD
    assert driving(moved=top * PERIOD, yaw=yaw) == pytest.approx(expected)


def test_driving_across_the_way_earns_nothing_and_against_it_costs():
    top = find_embodiment('omni').limits.forward
    assert driving(moved=top * PERIOD, way=(0, 3)) == pytest.approx(-CONFIG.time * PERIOD)
    against = driving(moved=top * PERIOD, way=(-3, 0))
    assert against == pytest.approx(-(CONFIG.progress + CONFIG.time) * PERIOD)


def test_nearness_costs_by_its_square():
    # Half of the free room: a quarter of the cost of contact.
    half = driving(room=np.array([CONFIG.near_room / 2.0]))
    assert half - driving() == pytest.approx(-0.25 * CONFIG.near * PERIOD)
    assert driving(room=np.array([CONFIG.near_room])) == pytest.approx(driving())


def test_reversing_costs_bodies_that_cannot_see_behind():
    seeing, blind = find_embodiment('omni'), find_embodiment('g1')
    speed = -0.5 * blind.limits.forward
    assert driving('g1', forward=speed) - driving('g1') == pytest.approx(
        -0.5 * CONFIG.blind * PERIOD
    )
    assert driving('omni', forward=-seeing.limits.forward) == driving('omni')


def test_changes_of_the_action_cost_by_their_square():
    change = np.array([[0.3, 0.0, -0.4]])
    assert driving(change=change) - driving() == pytest.approx(-CONFIG.change * 0.25)


def test_arrival_earns_and_collision_costs():
    reward = DriveReward(CONFIG, find_embodiment('omni'), PERIOD)
    arrived, collided = np.array([True, False, False]), np.array([False, True, False])
    assert reward.ending(arrived, collided).tolist() == [CONFIG.goal, -CONFIG.collision, 0.0]
