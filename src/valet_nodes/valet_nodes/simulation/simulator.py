"""What every simulator is as a node: a world at its pace, a driver, faults and a reset."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock as ClockMessage
from std_srvs.srv import Trigger

from valet_core.common.config import check, setting
from valet_nodes.ros.conversions import seconds, stamp_of
from valet_nodes.ros.parameters import declare_choice, declare_config
from valet_nodes.ros.qos import SENSOR
from valet_nodes.simulation.answers import Answers
from valet_nodes.simulation.driver import TwistDriver
from valet_nodes.simulation.pace import Pace

__all__ = ['BASE_FRAME', 'Simulator', 'SimulatorConfig']

BASE_FRAME = 'base_link'


@dataclass(frozen=True)
class SimulatorConfig:
    """What can be set of every simulator."""

    real_time_factor: float = setting(
        1.0, 'simulated time over real time, at the most; 0 is as fast as it goes', '', 0.0, 100.0
    )
    pace: str = setting(
        'graph', 'graph: simulated time waits for late answers; real_time: it never waits',
        choices=('graph', 'real_time'),
    )  # fmt: skip
    patience: float = setting(
        1.0, 'longest wait for an answer; after it its node counts as dead', 's', 0.0, 60.0
    )
    command_timeout: float = setting(
        0.1, 'without a command the robot stops after', 's', 0.01, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


C = TypeVar('C', bound=SimulatorConfig)


class Simulator(Node, Generic[C]):
    """Steps a world at its pace and publishes /clock; a subclass publishes the rest.

    A plain node, since it stands for drivers, which are there before anything is managed. Its
    world has four hooks: `elapsed`, `advance`, `publish` and `restart`. Simulated time never
    goes back: `<name>/reset` starts the world anew later in time.
    """

    most_steps = 2
    """At a time, to catch up."""
    oldest_answers: Mapping[str, float] = MappingProxyType({})
    """Streams of the graph, and the age from which time waits for the next message [s]."""

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
        self._past = 0.0  # simulated time before the last reset
        self._driver = TwistDriver(BASE_FRAME, self.config.command_timeout)
        self._time_source = self.create_publisher(ClockMessage, '/clock', SENSOR)
        self.create_service(Trigger, f'{name}/reset', self._on_reset)

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

    def is_busy(self) -> bool:
        """Whether something of the next step cannot be shown yet; time waits for it."""
        return False

    # --- what a subclass uses

    def begin(self, step: float) -> None:
        """Let time pass from now on, in steps of a simulated time [s]."""
        config, steady = self.config, Clock(clock_type=ClockType.STEADY_TIME)

        def now() -> float:
            return 1e-9 * steady.now().nanoseconds

        self._pace = Pace(step, config.real_time_factor, now, self.most_steps)
        oldest = self.oldest_answers if config.pace == 'graph' else {}
        self._answers = Answers(oldest, config.patience, now)
        self.create_timer(self._pace.period, self._tick, clock=steady)

    def follow(self, kind: type, topic: str, qos: QoSProfile) -> None:
        """Listen to a stamped stream of `oldest_answers`, if time waits for it."""
        if self.config.pace == 'graph':
            self.create_subscription(
                kind, topic, lambda m: self.answered(topic, seconds(m.header.stamp)), qos
            )

    def answered(self, stream: str, stamp: float) -> None:
        """A message of a stream of `oldest_answers` has come, stamped [s]."""
        if self.config.pace == 'graph':
            self._answers.heard(stream, stamp)

    @property
    def time(self) -> float:
        """Simulated time [s]."""
        return self._past + self.elapsed

    def command(self, frame: str, twist: np.ndarray) -> None:
        """Take a command, as `TwistDriver` does; a refusal is logged."""
        refusal = self._driver.command(self.time, frame, twist)
        if refusal:
            self.get_logger().error(refusal, throttle_duration_sec=1.0)

    # --- callbacks

    def _tick(self) -> None:
        waits = self.config.pace == 'graph' and self.is_busy()
        if waits or self._answers.waited_for(self.time):
            self._pace.wait()
            return
        for _ in range(self._pace.due()):
            self.advance(self._driver.twist(self.time))
            self.steps += 1
            self._time_source.publish(ClockMessage(clock=stamp_of(self.time)))
            self.publish(self.get_parameter('fault').value)

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._past = self.time
        response.success, response.message = True, self.restart()
        return response
