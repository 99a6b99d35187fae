"""A gate as a process of the test's own: signals, clock, parameters."""

import math
import signal

import pytest
import rclpy
from nodes.safety.gate_bench import EXACT, bring_up
from nodes.safety.worlds import WORLDS, UnstampedWorld
from std_msgs.msg import Bool
from valet_msgs.msg import GateState

from valet_nodes.ros.qos import LATCHED


@pytest.fixture(scope='module')
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.mark.parametrize(('kind', 'number'), [('arm', signal.SIGTERM), ('base', signal.SIGINT)])
def test_a_signal_ends_the_process_with_a_last_zero_and_status_0(ros, kind, number):
    with bring_up(WORLDS[kind]) as (world, process):
        world.move()
        process.send_signal(number)
        world.until(lambda: process.poll() is not None, 'the end of the process')
        world.until(lambda: world.speed() == 0.0, 'a zero command')
        assert process.returncode == 0


@pytest.mark.parametrize('kind', WORLDS)
def test_a_clock_that_stops_or_goes_back_stops_the_robot(ros, kind):
    with bring_up(WORLDS[kind], {'clock_timeout': 0.6}) as (world, _):
        world.move()
        # Only the timer ticks then. By such a clock no command ever grows late.
        world.muted, stood = {'clock', 'command'}, world.now
        world.until(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        moving = sum(twist.any() for stamp, _, twist in world.outputs if stamp >= stood - EXACT)
        # Two ticks may be closer to each other than a period, where the first came late.
        assert moving <= math.ceil(world.STILL / world.STEP) + 2
        world.expect_stop('clock_stopped')
        world.move()
        world.now = 5.0
        world.expect_stop('clock_back')
        world.move()


def latched_button(make):
    """A world whose button is pressed, by a publisher that keeps its last message."""
    world = make()
    world.advertise('button', Bool, 'safety/stop', LATCHED)
    world.send('button', Bool(data=True))
    return world


@pytest.mark.parametrize('kind', WORLDS)
def test_a_button_pressed_before_the_gate_starts_holds_it(ros, kind):
    with bring_up(lambda: latched_button(WORLDS[kind])) as (world, _):
        world.until(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        assert world.state.rule == 'stop'
        assert 'safety/stop is true' in world.send_reset().message
        world.send('button', Bool(data=False))
        world.move()


@pytest.mark.parametrize('kind', WORLDS)
def test_a_required_button_that_dies_stops_the_robot(ros, kind):
    with bring_up(WORLDS[kind], {'inputs.stop.required': True}) as (world, _):
        world.until(lambda: world.state.rule == 'stale_stop', 'the wait for the button')
        assert world.is_state(GateState.WAITING)
        world.SENDERS = {**world.SENDERS, 'stop': 5}
        world.move()
        world.muted = {'stop'}
        world.until(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        # Way to the gate, its tick and way back each take up to a step.
        assert 0.5 < world.now - world.sent['stop'] < 0.5 + 3.0 * world.STEP + EXACT
        world.expect_stop('stale_stop')
        world.move()


def test_a_base_whose_driver_takes_a_twist_without_a_stamp_is_driven_and_stopped(ros):
    with bring_up(UnstampedWorld, {'enable_stamped_cmd_vel': False}) as (world, _):
        world.move()
        assert world.get_publishers_info_by_topic('cmd_vel')[0].topic_type.endswith('msg/Twist')
        world.press()
        world.expect_stop('stop')
