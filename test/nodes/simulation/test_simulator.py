"""What every simulator does, around a world that only counts."""

import time

import numpy as np
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_srvs.srv import Trigger

from valet_core.common.errors import ConfigError
from valet_nodes.ros.conversions import seconds
from valet_nodes.ros.qos import SENSOR
from valet_nodes.simulation.simulator import BASE_FRAME, BEGINNING, Simulator
from valet_nodes.simulation.simulator_config import SimulatorConfig

STEP = 0.01
TWIST = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.0])


class Counter(Simulator[SimulatorConfig]):
    """Counts its steps, and keeps the twists and faults that come."""

    command_topic = 'cmd_vel'

    def __init__(self, **options):
        super().__init__('counter_sim', SimulatorConfig, ('none', 'silent'), **options)
        self.count, self.twists, self.faults = 0, [], []
        self.begin(STEP)

    @property
    def elapsed(self):
        return STEP * self.count

    def advance(self, twist):
        self.count += 1
        self.twists.append(twist)

    def publish(self, fault):
        self.faults.append(fault)

    def restart(self):
        self.count = 0
        return 'counting anew'


def make(**values):
    return Counter(parameter_overrides=[Parameter(name, value=v) for name, v in values.items()])


@pytest.fixture
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def spun(ros):
    """A simulator as fast as it goes, someone who listens, and a way to spin both."""
    sim, node = make(real_time_factor=0.0), rclpy.create_node('listener')
    executor = SingleThreadedExecutor()
    executor.add_node(sim)
    executor.add_node(node)

    def until(condition):
        end = time.monotonic() + 20.0
        while not condition():
            executor.spin_once(timeout_sec=0.05)
            assert time.monotonic() < end, 'waited 20 s'

    yield sim, node, until
    sim.destroy_node()
    node.destroy_node()


def test_time_is_published_and_goes_on_after_a_reset(spun):
    sim, node, until = spun
    times = []
    node.create_subscription(Clock, '/clock', lambda m: times.append(seconds(m.clock)), SENSOR)
    reset = node.create_client(Trigger, 'counter_sim/reset')
    until(lambda: len(times) > 5)
    future = reset.call_async(Trigger.Request())
    until(future.done)
    assert future.result().message == 'counting anew'
    assert sim.count < sim.steps, 'the world began anew'
    assert sim.time == pytest.approx(BEGINNING + STEP * sim.steps)
    last = times[-1]
    until(lambda: times[-1] > last + 5 * STEP)
    assert (np.diff(times) > 0.0).all()


def test_a_command_holds_for_the_timeout_of_the_driver(spun):
    sim, _, until = spun
    until(lambda: sim.steps == 3)
    sim.command(sim.time, BASE_FRAME, TWIST)
    until(lambda: sim.steps == 30)
    moving = [bool(twist.any()) for twist in sim.twists]
    held = round(sim.config.command_timeout / STEP)
    assert moving[:4] == [False] * 4, 'it takes effect a step later'
    assert sum(moving) == pytest.approx(held, abs=1)
    assert all(moving[4 : 4 + held]) and not any(moving[5 + held :])


def test_a_fault_reaches_the_sensors_and_an_unknown_one_is_refused(spun):
    sim, _, until = spun
    (refused,) = sim.set_parameters([Parameter('fault', value='flood')])
    assert not refused.successful and "'flood' is not one of: none, silent" in refused.reason
    sim.set_parameters([Parameter('fault', value='silent')])
    until(lambda: sim.faults[-1:] == ['silent'])


def test_a_parameter_out_of_range_is_an_error(ros):
    with pytest.raises(ConfigError, match='real_time_factor: -1.0 is below the allowed 0.0'):
        make(real_time_factor=-1.0)


def test_time_is_held_at_its_beginning_until_it_is_started(ros):
    sim = make(hold=True, real_time_factor=0.0)
    shown = []
    sim.show_beginning = lambda: shown.append(sim.time)
    end = time.monotonic() + 20.0
    while len(shown) < 3:
        rclpy.spin_once(sim, timeout_sec=0.05)
        assert time.monotonic() < end, 'waited 20 s'
    assert set(shown) == {BEGINNING} and sim.steps == 0
    assert sim._on_start(Trigger.Request(), Trigger.Response()).message == 'time goes on'
    while sim.steps < 3:
        rclpy.spin_once(sim, timeout_sec=0.05)
        assert time.monotonic() < end, 'waited 20 s'
    assert sim._on_start(Trigger.Request(), Trigger.Response()).message == 'time went on already'
    sim.destroy_node()


def test_each_step_waits_for_the_command_that_takes_effect_by_then(ros):
    sim = make(real_time_factor=0.0, patience=60.0)
    for step in range(5):
        # heard only from the first on: nobody commands a simulator that runs alone
        sim.command(BEGINNING + step * STEP, BASE_FRAME, (1 + step) * TWIST)
        for _ in range(20):
            sim._tick()
    # the command of a step takes effect a step later, and no step is made without it
    assert sim.steps == 6
    assert [round(t[0], 1) for t in sim.twists[1:]] == [0.1, 0.2, 0.3, 0.4, 0.5]
    sim.destroy_node()
