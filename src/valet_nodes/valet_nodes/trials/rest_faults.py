"""Faults that are put into the running graph that dresses an arm, and taken out again."""

import math
import signal
import time
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

import psutil
from geometry_msgs.msg import TwistStamped
from std_msgs.msg import Bool
from valet_msgs.msg import FailureScores

from valet_core.common.errors import ValetError
from valet_nodes.ros.conversions import make_header, stamp_of
from valet_nodes.ros.qos import LATCHED, RELIABLE
from valet_nodes.trials.dressing_graph import DressingGraph, Moment

__all__ = ['FAULTS', 'Fault']


class Fault(NamedTuple):
    """One way to break the graph."""

    what: str
    """For tables."""
    inject: Callable[[DressingGraph], Moment]
    """Puts it in; the moment just before."""
    mend: Callable[[DressingGraph], Any] | None = lambda _: None
    """Takes it out; None where the graph is of no use any more."""


def _here(graph: DressingGraph) -> Moment:
    return Moment(graph.node.now, time.monotonic())


def _sensor(fault: str) -> Callable[[DressingGraph], Moment]:
    """A fault of the simulator's sensors; `DressingGraph.prepare` takes it out."""

    def inject(graph: DressingGraph) -> Moment:
        before = _here(graph)
        graph.set_fault(fault)
        return before

    return inject


def _processes(graph: DressingGraph, name: str) -> psutil.Process:
    """The process of a node, or the one that draws for the camera."""
    if name != 'camera':
        return graph.process(name)
    for child in graph.process('dressing_sim').children():
        if any('view_process' in word for word in child.cmdline()):
            return child
    raise ValetError('no process draws for the camera')


def _signal(name: str, number: int) -> Callable[[DressingGraph], Moment]:
    def inject(graph: DressingGraph) -> Moment:
        process = _processes(graph, name)  # looking for it takes a while
        graph.spin_for(0.05)
        before = _here(graph)
        process.send_signal(number)
        return before

    return inject


def _killed(name: str, what: str) -> Fault:
    return Fault(f'{what} killed', _signal(name, signal.SIGKILL), None)


def _frozen(name: str, what: str) -> Fault:
    def mend(graph: DressingGraph) -> None:
        _processes(graph, name).send_signal(signal.SIGCONT)

    return Fault(f'{what} frozen', _signal(name, signal.SIGSTOP), mend)


def _publish(graph: DressingGraph, topic: str, message: Any) -> Moment:
    """Publish once; the moment just before."""
    qos = LATCHED if topic == 'safety/stop' else RELIABLE
    publisher = graph.node.create_publisher(type(message), topic, qos)
    graph.wait(lambda: publisher.get_subscription_count() > 0, 5, f'somebody to hear {topic}')
    graph.spin_for(0.05)
    before = _here(graph)
    if hasattr(message, 'header'):
        message.header = make_header(stamp_of(before.simulated), 'base_link')
    publisher.publish(message)
    return before


def _command_of_nan(graph: DressingGraph) -> Moment:
    message = TwistStamped()
    message.twist.linear.x = math.nan
    return _publish(graph, 'policy/command', message)


FAULTS = MappingProxyType(
    {
        'policy_killed': _killed('dressing_policy', 'policy'),
        'policy_frozen': _frozen('dressing_policy', 'policy'),
        'perception_killed': _killed('perception', 'perception'),
        'perception_frozen': _frozen('perception', 'perception'),
        'gate_killed': _killed('safety_gate', 'gate'),
        'gate_frozen': _frozen('safety_gate', 'gate'),
        'camera_silent': Fault('camera silent', _sensor('camera_silent')),
        'camera_frozen': _frozen('camera', "camera's process"),
        'camera_repeats': Fault('camera repeats an image', _sensor('camera_repeats')),
        'wrench_silent': Fault('wrench silent', _sensor('wrench_silent')),
        'wrench_frozen': Fault('wrench repeats a value', _sensor('wrench_frozen')),
        'wrench_nan': Fault('wrench is NaN', _sensor('wrench_nan')),
        'command_nan': Fault('command is NaN', _command_of_nan),
        'force_step': Fault('force of 60 N more', _sensor('force_step')),
        'stop': Fault(
            'stop is pressed',
            lambda graph: _publish(graph, 'safety/stop', Bool(data=True)),
            lambda graph: _publish(graph, 'safety/stop', Bool(data=False)),
        ),
        'alarm': Fault(
            'alarm of a monitor',
            lambda graph: _publish(graph, 'monitor/scores', FailureScores(alarm=True)),
            lambda graph: _publish(graph, 'monitor/scores', FailureScores()),
        ),
    }
)
"""By name. A simulated force sensor has no process: that it falls silent stands for its death."""
