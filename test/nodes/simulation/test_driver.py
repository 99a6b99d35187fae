"""The simulated robot's driver, and its sensors' faults."""

import numpy as np
import pytest

from valet_nodes.dressing.sim_faults import FORCE_STEP, WrenchSensor
from valet_nodes.simulation.driver import TwistDriver

TWIST = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.2])


@pytest.fixture
def driver():
    return TwistDriver('base_link', timeout=0.1)


def test_the_driver_stops_by_itself_when_commands_cease(driver):
    assert driver.command(1.0, 'base_link', TWIST) == ''
    assert driver.twist(1.09).tolist() == TWIST.tolist()
    assert not driver.twist(1.11).any()


def test_a_command_in_another_frame_is_refused_and_stops(driver):
    driver.command(1.0, 'base_link', TWIST)
    assert "'tool0', allowed: 'base_link'" in driver.command(1.01, 'tool0', TWIST)
    assert not driver.twist(1.02).any()


def test_a_command_that_is_not_finite_is_refused_and_stops(driver):
    driver.command(1.0, 'base_link', TWIST)
    bad = TWIST.copy()
    bad[3] = np.nan
    assert 'not finite' in driver.command(1.01, 'base_link', bad)
    assert not driver.twist(1.02).any()


def test_a_live_sensor_never_repeats_itself():
    sensor = WrenchSensor(0.05, 0.005, np.random.default_rng(0))
    readings = [tuple(sensor.read(np.ones(6), 'none')) for _ in range(100)]
    assert len(set(readings)) == 100
    assert np.mean(readings, axis=0) == pytest.approx(np.ones(6), abs=0.03)


def test_a_frozen_sensor_repeats_its_last_reading():
    sensor = WrenchSensor(0.05, 0.005, np.random.default_rng(0))
    last = sensor.read(np.ones(6), 'none').copy()
    assert sensor.read(np.full(6, 9.0), 'wrench_frozen').tolist() == last.tolist()


def test_a_force_step_is_added_and_a_silent_sensor_says_nothing():
    sensor = WrenchSensor(0.0, 0.0, np.random.default_rng(0))
    assert sensor.read(np.ones(6), 'force_step').tolist() == (np.ones(6) + FORCE_STEP).tolist()
    assert sensor.read(np.ones(6), 'wrench_silent') is None
