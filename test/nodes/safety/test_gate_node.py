"""A gate node in the process of the test, which so reaches its timers and transitions."""

import contextlib
import gc

import pytest
import rclpy
from nodes.safety.worlds import WORLDS
from rclpy.lifecycle import TransitionCallbackReturn
from std_srvs.srv import Trigger
from valet_msgs.msg import GateState


@pytest.fixture
def ros():
    rclpy.init()
    yield
    rclpy.try_shutdown()
    gc.collect()  # a lifecycle node's own services end only with the last trace of it


@contextlib.contextmanager
def active(world, gate):
    """A gate in the executor of its world, configured and active."""
    try:
        world.executor_.add_node(gate)
        gate.trigger_configure()
        gate.trigger_activate()
        yield
        gate.trigger_shutdown()
    finally:
        world.executor_.shutdown()
        world.destroy_node()
        gate.destroy_node()


@pytest.mark.parametrize('kind', WORLDS)
def test_a_stop_is_sent_without_waiting_for_the_timer(ros, kind):
    world, gate = WORLDS[kind](), WORLDS[kind].MAKE()
    with active(world, gate):
        for timer in gate.timers:
            timer.cancel()
        world.hold(lambda: world.is_state(GateState.WAITING), 'WAITING')
        count = len(world.outputs)
        world.press()
        world.hold(lambda: world.is_state(GateState.STOPPED), 'STOPPED')
        world.hold(lambda: len(world.outputs) == count + 1, 'the one command')
        assert world.speed() == 0.0


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
    with active(world, gate):
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
