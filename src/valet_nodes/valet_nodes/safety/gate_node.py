"""The node around a gate, whatever the robot: the only publisher of its commands."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from rclpy.qos import QoSProfile
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from valet_core.safety.decision import GateState
from valet_core.safety.gate import Gate
from valet_nodes.lockstep.order import Stream
from valet_nodes.ros.node import ValetNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import LATCHED, NO_SUBSCRIPTION_EVENTS, RELIABLE
from valet_nodes.safety.gate_report import Contact, GateReport

__all__ = ['GateNode']

_LOG_PERIOD = 1.0  # of a log line that repeats [s]


class GateNode(ValetNode):
    """Feeds messages to the gate, and sends what it decides at a fixed rate.

    The timer runs on a steady clock: when the node's clock is a topic that stops, the gate
    still ticks, sees it and stops the robot. A message that trips a rule is acted on at once.
    Where the simulated world waits for its graph, the gate ticks with its sensors instead, so
    that it decides the same on a slow and on a fast machine.
    A gate of a robot says how to `make_gate`, `connect`s its topics and can `send`.
    """

    def __init__(self, name: str, config_class: type, topics: str, **options: Any) -> None:
        """Declare the parameters; topics come with `configure`.

        Args:
            name: of the node.
            config_class: of the gate.
            topics: what comes before `/state` and `/reset`.
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
        """
        super().__init__(name, **options)
        self.declare_pace()
        self.config = self._patient(declare_config(self, config_class))
        self._topics = topics
        self._stopped = False
        self._ready = False
        # For the life of the node, as a press between cleanup and configure counts as well. A
        # latched subscription hears what was pressed before it, but no volatile publisher.
        for qos in (RELIABLE, LATCHED):
            self.create_subscription(
                Bool, 'safety/stop', self._on_stop, qos, event_callbacks=NO_SUBSCRIPTION_EVENTS
            )

    # --- what differs

    streams: Mapping[str, Stream]
    """What the gate takes in the order of simulated time, where the world waits for its graph."""
    ticked_by: str
    """The stream that ticks the gate then."""

    @abstractmethod
    def make_gate(self) -> Gate:
        """A gate with nothing received."""

    @abstractmethod
    def connect(self) -> None:
        """Create the publisher of commands and, by `feed`, what the gate takes."""

    @abstractmethod
    def send(self, command: np.ndarray) -> None:
        """Publish a command of the gate, shape (n,), to the robot."""

    def contact(self) -> Contact:
        """The force that the gate knows of, for its state; a robot without a wrench has none."""
        return Contact()

    # --- what is common

    def _patient(self, config: Any) -> Any:
        """In a world that waits for its graph, a clock that stands for a while is no fault."""
        if self.get_parameter('pace').value != 'graph':
            return config
        patience = self.get_parameter('patience').value
        return replace(
            config,
            clock_still=max(config.clock_still, 1.5 * patience),
            clock_timeout=max(config.clock_timeout, 3.0 * patience),
        )

    @cached_property
    def gate(self) -> Gate:
        """The one gate of the node's life, so that no transition erases a stop."""
        return self.make_gate()

    def configure(self) -> None:
        """Start with nothing received; make the topics, the reset service and the timer."""
        self.gate.forget()
        self.keep_step(self.streams, self.tick, by=self.ticked_by, stand=self.tick)
        frame = self.config.inputs.base_frame
        self._report = GateReport(self, self._topics, frame, self.gate.inputs, self.contact)
        self.connect()
        self.serve(Trigger, f'{self._topics}/reset', self._on_reset)
        if not self.keeps_step:
            self.every(1.0 / self.config.rate, self.tick, steady=True)
        self._set_ready(True)
        self.closes(lambda: self._set_ready(False))
        self.tick()

    def feed(self, kind: type, topic: str, take: Callable[[Any], None], qos: QoSProfile) -> None:
        """Subscribe; where a message trips a rule, the stop is sent at once."""

        def on_message(message: Any) -> None:
            take(message)
            self.act_on_fault()

        self.listen(kind, topic, on_message, qos)

    def act_on_fault(self) -> None:
        """Send the stop now where the last message was its cause."""
        if self.gate.latched is not None and not self._stopped:
            self.tick()

    def tick(self) -> None:
        """Decide, send and tell."""
        decision = self.gate.step(self.now, self.steady, self.keeps_step)
        self._stopped = decision.state is GateState.STOPPED
        if decision.state is not GateState.INACTIVE:
            self.send(decision.command)
        self._report.show(decision)

    def started(self) -> None:
        """Start to wait for inputs, then to pass commands."""
        self.gate.activate()
        self.tick()

    def halted(self, why: str) -> None:
        """Send zero, then nothing: the robot's own timeout holds it from here."""
        self.gate.deactivate()
        self.send(np.zeros_like(self.gate.inputs.command))
        self.tick()

    def _on_stop(self, message: Bool) -> None:
        self.gate.stop(self.now, message.data)
        if self._ready:
            self.act_on_fault()

    def _set_ready(self, ready: bool) -> None:
        """Note whether there are topics to send a stop on."""
        self._ready = ready

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        result = self.gate.reset(self.now)
        response.success, response.message = result.accepted, result.message
        text = f'{self._topics}/reset: {result.message}'
        if result.accepted:
            self.get_logger().info(text)
        else:
            self.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD)
        self.tick()
        return response
