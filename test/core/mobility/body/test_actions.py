"""Actions stand for velocities within the limits of a body."""

import numpy as np
import pytest

from valet_core.mobility.body.actions import ActionMap
from valet_core.mobility.body.catalogue import find_embodiment


@pytest.mark.parametrize('name', ['jackal', 'omni', 'go1', 'forklift'])
def test_commands_are_within_the_limits(name):
    body = find_embodiment(name)
    actions = np.random.default_rng(0).uniform(-3.0, 3.0, (200, 3))
    commands = ActionMap(body).commands(actions)
    limits = body.limits
    assert (commands[:, 0] <= limits.forward).all() and (commands[:, 0] >= -limits.backward).all()
    assert (np.abs(commands[:, 1]) <= limits.lateral).all()
    if body.steering.wheelbase <= 0.0:
        assert (np.abs(commands[:, 2]) <= limits.yaw_rate).all()


@pytest.mark.parametrize('name', ['jackal', 'omni', 'forklift'])
def test_actions_of_commands_give_the_commands_back(name):
    body = find_embodiment(name)
    table = ActionMap(body)
    commands = table.commands(np.array([[0.5, 0.3, -0.4], [0.2, 0.0, 0.9]]))
    np.testing.assert_allclose(table.commands(table.actions(commands)), commands, atol=1e-9)


def test_forklift_turns_by_its_steering_angle():
    body = find_embodiment('forklift')
    command = ActionMap(body).commands(np.array([0.5, 0.0, 1.0]))
    assert command[2] == pytest.approx(command[0] / body.turning_radius)
