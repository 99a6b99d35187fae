"""What moves a body beside its commands is found, and nothing else is taken for it."""

import math

import numpy as np
import pytest

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.drive_model import DriveModel, advance
from valet_core.mobility.body.sway import Sway

PERIOD = 0.05
BODY = find_embodiment('g1')


def run(sway_seen, commands, sway):
    """Update with what a perfect body under commands (T, 3) and a sway (3,) would measure."""
    drive, velocity = DriveModel(BODY).parameters, np.zeros(3)
    for command in commands:
        advance(drive, velocity, 0.0, command, PERIOD)
        sway_seen.update(velocity + sway, command)
    return sway_seen.velocity


def test_a_body_that_does_as_it_is_told_does_not_slip():
    commands = np.array([[0.8, 0.2, 0.5]] * 20 + [[-0.3, 0.0, -0.5]] * 20)
    np.testing.assert_allclose(run(Sway(BODY, PERIOD), commands, np.zeros(3)), 0.0, atol=1e-9)


def test_sway_of_a_body_that_starts_to_turn_is_found():
    sway = np.array([-0.08, 0.05, 0.0])
    found = run(Sway(BODY, PERIOD), np.tile([0.0, 0.0, 0.5], (8, 1)), sway)
    assert found[0] == pytest.approx(-0.08, abs=0.03)
    assert found[1] == pytest.approx(0.05, abs=0.02)
    assert abs(found[2]) < 0.01


def test_sway_that_has_ended_is_forgotten():
    sway_seen = Sway(BODY, PERIOD)
    run(sway_seen, np.zeros((20, 3)), np.array([0.1, 0.0, 0.0]))
    assert sway_seen.velocity[0] > 0.05
    run(sway_seen, np.zeros((20, 3)), np.zeros(3))
    assert abs(sway_seen.velocity[0]) < 0.002


def test_it_fades_with_the_bodys_own_time():
    sway_seen = Sway(BODY, PERIOD)
    assert sway_seen.keep(BODY.actuation.noise_time) == pytest.approx(math.exp(-1.0))


def test_wheels_that_do_not_sway_have_none():
    sway_seen = Sway(find_embodiment('jackal'), PERIOD)
    assert not sway_seen.update(np.array([1.0, 0.0, 0.0]), np.zeros(3)).any()
    assert sway_seen.keep(0.1) == 0.0
