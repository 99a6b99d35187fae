"""A real gate process, and a node that plays everything around it in simulated time."""

import contextlib
import signal
import subprocess
import sys
import time

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from places import CONFIG
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Bool
from std_srvs.srv import Trigger
from valet_msgs.msg import GateState

from valet_nodes.ros import conversions as cv
from valet_nodes.ros.qos import LATCHED, RELIABLE, SENSOR

GIVE_UP = 60.0  # [s] after which a test that hangs ends; nothing is measured by it
ACTIVE = (GateState.WAITING, GateState.PASSING, GateState.CLAMPING, GateState.STOPPED)
EXACT = 1e-6  # [s]


class World(Node):
    """Publishes every input of a gate and the clock, and records what the gate says.

    Simulated time goes on by a step only after the gate has sent a command at the present one.
    So a busy machine makes a test longer, and changes nothing that is measured.
    """

    MODULE: str  # of the gate's node
    PARAMETERS: str  # file in config/
    NODE: str
    TOPICS: str  # what comes before /state and /reset
    OUTPUT: str
    KIND: type  # of messages on OUTPUT
    STEP: float  # of simulated time [s]: the period of the gate's timer
    SENDERS: dict[str, int]  # each has a `..._message`; steps from one message to the next
    MOVE: np.ndarray  # of a twist

    def __init__(self):
        super().__init__('world')
        self.now, self.steps, self.muted = 50.0, 0, set()
        self.rng = np.random.default_rng(0)
        self.twist, self.outputs, self.answered = np.zeros(6), [], 0
        self.state, self.diagnostics, self.pubs, self.sent = GateState(), {}, {}, {}
        self.clock = self.create_publisher(Clock, '/clock', SENSOR)
        self.advertise('stop', Bool, 'safety/stop', RELIABLE)
        self.create_subscription(self.KIND, self.OUTPUT, self.on_output, RELIABLE)
        self.create_subscription(GateState, f'{self.TOPICS}/state', self.on_state, LATCHED)
        self.create_subscription(DiagnosticArray, '/diagnostics', self.on_diagnostics, RELIABLE)
        self.change = self.create_client(ChangeState, f'{self.NODE}/change_state')
        self.reset = self.create_client(Trigger, f'{self.TOPICS}/reset')
        self.executor_ = SingleThreadedExecutor()
        self.executor_.add_node(self)

    # --- what it sends

    def advertise(self, name, kind, topic, qos):
        self.pubs[name] = self.create_publisher(kind, topic, qos)

    def header(self, frame):
        return cv.make_header(cv.stamp_of(self.now), frame)

    def send(self, name, message=None):
        message = getattr(self, f'{name}_message')() if message is None else message
        self.pubs[name].publish(message)
        self.sent[name] = self.now

    def stop_message(self):
        return Bool()

    def press(self, pressed=True):
        self.send('stop', Bool(data=pressed))

    def mend(self):
        """Take back every fault."""
        self.muted = set()
        self.press(False)

    # --- what it hears

    def on_output(self, message):
        stamp = cv.seconds(message.header.stamp)
        self.outputs.append((stamp, time.monotonic(), cv.twist_from_message(message.twist)))
        self.answered += abs(stamp - self.now) < EXACT

    def on_state(self, message):
        self.state = message

    def on_diagnostics(self, message):
        for status in message.status:
            self.diagnostics[status.name] = status

    def is_state(self, *states):
        return self.state.state in states

    def is_silent(self):
        return not self.is_state(*ACTIVE) or not self.count_publishers(self.OUTPUT)

    def speed(self):
        return float(np.abs(self.outputs[-1][2]).max()) if self.outputs else 0.0

    def moved_until(self):
        """Simulated time of the last command of motion [s]."""
        return max(stamp for stamp, _, twist in self.outputs if twist.any())

    # --- time

    def step(self):
        """One step of simulated time, and what the gate makes of it."""
        if 'clock' not in self.muted:
            self.now = round(self.now + self.STEP, 9)
        self.steps += 1
        answered = self.answered
        for name, every in self.SENDERS.items():
            if name not in self.muted and self.steps % every == 0:
                self.send(name)
        self.hold(lambda: self.answered > answered or self.is_silent(), 'a command')

    def hold(self, condition, what):
        """Wait for something that comes without any simulated time."""
        end = time.monotonic() + GIVE_UP
        while True:
            # Again and again, as a lost message of the clock would never be made up for.
            self.clock.publish(Clock(clock=cv.stamp_of(self.now)))
            self.executor_.spin_once(timeout_sec=0.02)
            if condition():
                return
            assert time.monotonic() < end, self.gave_up(what)

    def until(self, condition, what):
        """Let simulated time go on until something comes."""
        end = time.monotonic() + GIVE_UP
        while not condition():
            assert time.monotonic() < end, self.gave_up(what)
            self.step()

    def gave_up(self, what):
        return f'gave up waiting for {what}; gate: {self.state.state} {self.state.reason!r}'

    # --- what it asks of the gate

    def call(self, client, request):
        self.until(client.service_is_ready, client.srv_name)
        future = client.call_async(request)
        self.until(future.done, client.srv_name)
        return future.result()

    def transition(self, number):
        request = ChangeState.Request(transition=Transition(id=number))
        assert self.call(self.change, request).success

    def ask(self, client, request):
        """Call without any simulated time, as a gate that is not active sends nothing."""
        self.hold(client.service_is_ready, client.srv_name)
        future = client.call_async(request)
        self.hold(future.done, client.srv_name)
        return future.result()

    def take_through(self, transitions):
        """One transition after another."""
        for number in transitions:
            request = ChangeState.Request(transition=Transition(id=number))
            assert self.ask(self.change, request).success

    def send_reset(self):
        return self.call(self.reset, Trigger.Request())

    def release(self):
        """Reset as soon as the gate accepts it."""
        while self.is_state(GateState.STOPPED) and not self.send_reset().success:
            self.step()

    def move(self):
        """Mend everything, and wait until the gate passes a motion."""
        self.mend()
        self.twist = np.zeros(6)
        self.until(lambda: self.is_state(*ACTIVE), 'an active gate')
        self.release()
        self.until(lambda: self.is_state(GateState.PASSING, GateState.CLAMPING), 'PASSING')
        self.twist = self.MOVE
        moves = lambda: np.allclose(self.outputs[-1][2], self.MOVE)  # noqa: E731
        self.until(lambda: moves() and self.is_state(GateState.PASSING), 'the whole motion')

    def expect_stop_at_once(self, rule):
        """A message that was just sent stops the robot before any time goes by."""
        self.hold(lambda: self.is_state(GateState.STOPPED), 'STOPPED')
        assert cv.seconds(self.state.header.stamp) == self.now
        self.expect_stop(rule)

    def expect_stop(self, rule):
        """The gate sends zero, says why, and stays there with all inputs mended."""
        self.until(lambda: self.is_state(GateState.STOPPED), 'STOPPED')
        assert self.state.rule == rule, self.state.reason
        assert self.state.reason
        status = lambda: self.diagnostics.get(f'{self.NODE}: commands')  # noqa: E731
        self.until(lambda: status() and status().level == DiagnosticStatus.ERROR, '/diagnostics')
        assert status().message == self.state.reason
        self.mend()
        count = len(self.outputs)
        self.until(lambda: len(self.outputs) > count + 30, 'more commands')
        assert not any(twist.any() for _, _, twist in self.outputs[count:])
        assert self.is_state(GateState.STOPPED)


def start(world, parameters):
    code = f'import sys; from {world.MODULE} import main; sys.exit(main())'
    # The clock stands while this test is held back, for which it must not stop the gate.
    parameters = {'use_sim_time': True, 'clock_timeout': 10.0, **parameters}
    arguments = [x for k, v in parameters.items() for x in ('-p', f'{k}:={v}')]
    shipped = ['--params-file', str(CONFIG / world.PARAMETERS)]
    return subprocess.Popen([sys.executable, '-c', code, '--ros-args', *shipped, *arguments])


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def bring_up(make, parameters=None, muted=()):
    """A world, and the process of its gate with the shipped parameters, active."""
    world = make()
    process = start(world, parameters or {})
    world.muted = set(muted)
    try:
        world.take_through(
            [Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE]
        )
        yield world, process
    finally:
        world.executor_.shutdown()
        world.destroy_node()
        if process.poll() is None:
            stop(process)
