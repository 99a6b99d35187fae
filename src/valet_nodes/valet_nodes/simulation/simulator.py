"""What every simulator is as a node: a world at its pace, a driver, faults and a reset."""

from typing import Any, Generic, TypeVar

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage
from std_srvs.srv import Trigger

from valet_nodes.lockstep.order import Lockstep
from valet_nodes.lockstep.streams import DRIVER_STREAMS
from valet_nodes.ros.conversions import stamp_of
from valet_nodes.ros.parameters import declare_choice, declare_config
from valet_nodes.ros.qos import SENSOR
from valet_nodes.simulation.driver import TwistDriver
from valet_nodes.simulation.pace import Pace, Patience
from valet_nodes.simulation.simulator_config import SimulatorConfig

__all__ = ['BASE_FRAME', 'Simulator']

BASE_FRAME = 'base_link'
BEGINNING = 1.0  # of simulated time [s]
CLOCK_EVERY = 2  # steps to a message: each wakes every node
SHOW_PERIOD = 0.1  # of what is shown while time stands at its beginning [s], of real time

C = TypeVar('C', bound=SimulatorConfig)


class Simulator(Node, Generic[C]):
    """Steps a world at its pace and publishes /clock; a subclass publishes the rest.

    A plain node, since it stands for drivers, which are there before anything is managed. Its
    world has four hooks: `elapsed`, `advance`, `publish` and `restart`. Simulated time never
    goes back: `<name>/reset` starts the world anew later in time. Where it waits for its graph,
    each step waits for the commands that take effect by then; the gate, which sends them, waits
    for what it depends on itself.
    """

    most_steps = 2
    """At a time, to catch up."""
    command_topic: str
    """On which the driver is commanded; a key of `DRIVER_STREAMS`."""

    def __init__(
        self, name: str, config_class: type[C], faults: tuple[str, ...], **options: Any
    ) -> None:
        """Declare the parameters; `begin` starts the world once the subclass has it.

        Args:
            name: of the node.
            config_class: its parameters.
            faults: what the parameter `fault` may be; the first is none.
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
        """
        super().__init__(name, **options)
        declare_choice(self, 'fault', faults, 'what is wrong with a sensor, to try the gate')
        self.config = declare_config(self, config_class)
        self.steps = 0
        # Simulated time before the last reset. Time zero would mean to ROS that there is none.
        self._past = BEGINNING
        self._held = self.config.hold
        self._waiting = False
        self._driver = TwistDriver(BASE_FRAME, self.config.command_timeout)
        self._time_source = self.create_publisher(ClockMessage, '/clock', SENSOR)
        self.create_service(Trigger, f'{name}/reset', self._on_reset)
        self.create_service(Trigger, f'{name}/start', self._on_start)

    # --- hooks

    @property
    def elapsed(self) -> float:
        """Time of the world since its start or its last restart [s]."""
        raise NotImplementedError

    def advance(self, twist: np.ndarray) -> None:
        """Make one step of the world.

        Args:
            twist: commanded, linear [m/s] then angular [rad/s], in `BASE_FRAME`. Shape (6,).
        """
        raise NotImplementedError

    def publish(self, fault: str) -> None:
        """Publish what is due after a step, with the sensors' present fault."""
        raise NotImplementedError

    def restart(self) -> str:
        """Start the world anew, at an elapsed time of 0; returns what is the case then."""
        raise NotImplementedError

    def show_beginning(self) -> None:
        """Publish the world as it stands, to those who come up while time is held."""
        self.publish('none')

    def rewind_noise(self) -> None:
        """Make everything random as it was at the beginning, whatever was shown since."""

    def is_busy(self) -> bool:
        """Whether something of the next step cannot be shown yet; time waits a while for it."""
        return False

    # --- what a subclass uses

    def begin(self, step: float) -> None:
        """Let time pass from now on, in steps of a simulated time [s]."""
        config, steady = self.config, Clock(clock_type=ClockType.STEADY_TIME)
        now = lambda: 1e-9 * steady.now().nanoseconds  # noqa: E731
        self._pace = Pace(step, config.real_time_factor, now, self.most_steps)
        streams = {self.command_topic: DRIVER_STREAMS[self.command_topic]}
        self._order = Lockstep(streams, config.patience, now, self._lost)
        self._drawing = Patience(config.patience, now)
        self._waits = config.pace == 'graph'
        self._now, self._shown = now, -np.inf
        self.create_timer(self._pace.period, self._tick, clock=steady)

    @property
    def time(self) -> float:
        """Simulated time [s]."""
        return self._past + self.elapsed

    def command(self, stamp: float, frame: str, twist: np.ndarray) -> None:
        """Take a command, as `TwistDriver` does; a refusal is logged.

        Args:
            stamp: of the command [s]; 0 where it has none, and its arrival counts.
            frame: that it is expressed in.
            twist: linear [m/s] then angular [rad/s]. Shape (6,).
        """
        stamp = stamp or self.time
        if not self._waits:
            self._take(self.time, frame, twist)
            return
        # As old as it says: what was decided before a wait must not move the robot after it.
        self._order.heard(self.command_topic, stamp, lambda: self._take(stamp, frame, twist))
        if self._waiting:
            self._tick()

    def _take(self, sent: float, frame: str, twist: np.ndarray) -> None:
        refusal = self._driver.command(sent, frame, twist)
        if refusal:
            self.get_logger().error(refusal, throttle_duration_sec=1.0)

    # --- callbacks

    def _tick(self) -> None:
        if self._held:
            self._show_beginning()
            return
        self._waiting = not self._is_ready()
        if self._waiting:
            self._pace.wait()
            return
        for _ in range(self._pace.due()):
            self._waiting = not self._is_ready()
            if self._waiting:
                return
            if self._waits:
                self._order.flush(self.time)
            self.advance(self._driver.twist(self.time))
            self.steps += 1
            if self.steps % CLOCK_EVERY == 0:
                self._tell_time()
            self.publish(self.get_parameter('fault').value)

    def _is_ready(self) -> bool:
        """Whether all that the next step depends on is there."""
        if not self._waits:
            return True
        return not (self._drawing.holds(self.is_busy()) or self._order.late(self.time))

    def _tell_time(self) -> None:
        self._time_source.publish(ClockMessage(clock=stamp_of(self.time)))

    def _show_beginning(self) -> None:
        if self._now() - self._shown > SHOW_PERIOD:
            self._shown = self._now()
            self._tell_time()
            self.rewind_noise()
            self.show_beginning()

    def _lost(self, streams: list[str]) -> None:
        names, patience = ', '.join(streams), self.config.patience
        self.get_logger().warning(f'nothing new on {names} for {patience:g} s: time goes on')

    def _on_start(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = True
        response.message = 'time goes on' if self._held else 'time went on already'
        if self._held:
            self.rewind_noise()
        self._held = False
        return response

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._past = self.time
        response.success, response.message = True, self.restart()
        return response
