"""A gate as a process of the test's own: signals, clock, parameters."""

import math
import signal

import pytest
import rclpy
from nodes.safety.gate_bench import EXACT, bring_up
from nodes.safety.worlds import WORLDS, UnstampedWorld
from rclpy.lifecycle import TransitionCallbackReturn
from std_srvs.srv import Trigger
from valet_msgs.msg import GateState


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


@pytest.mark.parametrize('kind', WORLDS)
def test_a_stop_is_sent_without_waiting_for_the_timer(ros, kind):
    world, gate = WORLDS[kind](), WORLDS[kind].MAKE()
    try:
        world.executor_.add_node(gate)
        gate.trigger_configure()
        gate.trigger_activate()
        for timer in gate.timers:
            timer.cancel()
        world.hold(lambda: world.is_state(GateState.WAITING), 'WAITING')
        count = len(world.outputs)
        world.press()
        world.hold(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        world.hold(lambda: len(world.outputs) == count + 1, 'the one command')
        assert world.speed() == 0.0
        gate.trigger_shutdown()
    finally:
        world.executor_.shutdown()
        world.destroy_node()
        gate.destroy_node()


def failing(gate_class):
    """A gate that fails to activate when told to."""

    class Failing(gate_class):
        fails = False

        def started(self):
            super().started()
            if self.fails:
                raise RuntimeError('told to fail')

    return Failing


@pytest.mark.parametrize('kind', WORLDS)
def test_an_error_erases_no_stop(ros, kind):
    world, gate = WORLDS[kind](), failing(WORLDS[kind].MAKE)()
    try:
        world.executor_.add_node(gate)
        gate.trigger_configure()
        gate.trigger_activate()
        world.press()
        world.hold(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        gate.trigger_deactivate()
        gate.fails = True
        assert gate.trigger_activate() is TransitionCallbackReturn.ERROR
        gate.fails = False
        assert gate.trigger_configure() is TransitionCallbackReturn.SUCCESS
        world.state = GateState()
        gate.trigger_activate()
        world.hold(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        assert world.state.rule == 'stop'
        answer = world.ask(world.reset, Trigger.Request())
        assert 'persists: stop: safety/stop is true' in answer.message
        gate.trigger_shutdown()
    finally:
        world.executor_.shutdown()
        world.destroy_node()
        gate.destroy_node()


def test_a_base_whose_driver_takes_a_twist_without_a_stamp_is_driven_and_stopped(ros):
    with bring_up(UnstampedWorld, {'enable_stamped_cmd_vel': False}) as (world, _):
        world.move()
        assert world.get_publishers_info_by_topic('cmd_vel')[0].topic_type.endswith('msg/Twist')
        world.press()
        world.expect_stop('stop')
