"""Brings the lifecycle nodes up in order, watches them, and takes them down in reverse."""

import sys

from lifecycle_msgs.msg import State
from rclpy.node import Node
from std_srvs.srv import Trigger

from valet_core.common.errors import ValetError
from valet_nodes.manager.managed_node import NAMES, LifecycleError, ManagedNode
from valet_nodes.manager.manager_config import ManagerConfig, parse_required_topic
from valet_nodes.manager.patience import Interrupted, Patience, Waiting
from valet_nodes.manager.topic_wait import TopicWait, TransformWait
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.spin import StopFlag, run
from valet_nodes.ros.tf_listener import TransformListener

__all__ = ['Manager', 'main']

FAREWELL = 2.0  # for each transition on the way down; a node that ends by itself is soon gone [s]


class Manager(Node):
    """Runs through one life: wait, configure, wait for the inputs, activate, watch, take down."""

    def __init__(self, **options: object) -> None:
        """Declare the parameters and create the clients.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
        """
        super().__init__('manager', **options)
        self.config = declare_config(self, ManagerConfig)
        self.patience = Patience(self, self.config.message_period)
        self._started = self.config.autostart
        names = self.config.node_names
        self._nodes = [ManagedNode(self, name, self.patience.until) for name in names]
        self._up: list[ManagedNode] = []
        self._states: dict[str, int] = {}  # of the watched nodes, as they were last told
        self._starter = self.create_service(Trigger, '~/start', self._on_start)

    def live(self, stop: StopFlag) -> int:
        """Bring everything up and stay until a signal or a failure.

        Args:
            stop: set by a signal.

        Returns:
            Exit status: 0 after a signal, 1 where a node failed or something never came.
        """
        self.patience.stop = stop
        try:
            self._bring_up()
            self._watch()
        except Interrupted:
            return 0
        except ValetError as error:
            self.get_logger().error(str(error))
            return 1
        finally:
            self._take_down()
        return 0

    def _bring_up(self) -> None:
        """Go through the way up, node by node."""
        config, log = self.config, self.get_logger()
        if not self._started:
            service = self.resolve_service_name('~/start')
            log.info(f'waiting for a call of {service}')
            self.patience.until(lambda: self._started, 0.0)
        self.patience.until_there('nodes', self._nodes, config.service_timeout)
        for node in self._nodes:
            node.transition('configure', config.transition_timeout)
            self._up.append(node)
            log.info(f'{node.name} is configured')
        self._wait_for_inputs()
        for node in self._nodes:
            node.transition('activate', config.transition_timeout)
            log.info(f'{node.name} is active')
        log.info('all nodes are active')

    def _wait_for_inputs(self) -> None:
        """Wait for what the drivers publish."""
        topics = [TopicWait(self, parse_required_topic(t)) for t in self.config.required_topics]
        waits: list[Waiting] = [*topics]
        listener = TransformListener(self) if self.config.required_transforms else None
        if listener is not None:
            pairs = [entry.split() for entry in self.config.required_transforms]
            waits += [TransformWait(listener, target, source) for target, source in pairs]
        try:
            self.patience.until_there('inputs', waits, self.config.topic_timeout)
        finally:
            for topic in topics:
                topic.close()
            if listener is not None:
                listener.destroy()

    def _watch(self) -> None:
        """Look again and again whether the nodes live.

        Raises:
            LifecycleError: when one does not and the configuration says to stop.
        """
        alive = list(self._nodes)
        if self.config.watch_period == 0.0:
            self.patience.until(lambda: False, 0.0)
        while True:
            for node in list(alive):
                try:
                    self._look(node)
                except LifecycleError as problem:
                    if self.config.on_node_death == 'stop':
                        raise
                    self.get_logger().error(str(problem))
                    alive.remove(node)
            self.patience.until(lambda: False, self.config.watch_period)

    def _look(self, node: ManagedNode) -> None:
        """Look at a node once; what somebody has made of its state is told and no fault.

        Raises:
            LifecycleError: when it does not answer, or has been shut down for good.
        """
        try:
            state = node.state(self.config.watch_timeout)
        except LifecycleError:
            self._up.remove(node)  # nothing that could be taken down
            raise
        if state == State.PRIMARY_STATE_FINALIZED:
            raise LifecycleError(f'node {node.name!r} has been shut down')
        if state in NAMES and state != self._states.get(node.name):
            self._tell(node.name, state)

    def _tell(self, name: str, state: int) -> None:
        """Say that a node's state is another one than at the last look."""
        if state == State.PRIMARY_STATE_ACTIVE:
            if name in self._states:
                self.get_logger().info(f'{name} is active again')
        else:
            way = (
                'activate' if state == State.PRIMARY_STATE_INACTIVE else 'configure, then activate'
            )
            self.get_logger().warning(
                f'node {name!r} was taken down by somebody, it is {NAMES[state]}; the gate stops '
                f'a robot that needs it. To go on: ros2 lifecycle set {name} {way}'
            )
        self._states[name] = state

    def _take_down(self) -> None:
        """Deactivate and clean up in reverse order, as far as nodes still answer."""
        self.patience.stop.set = False  # only another signal ends this
        try:
            for transition in ('deactivate', 'cleanup'):
                for node in reversed(list(self._up)):
                    self._lower(node, transition)
        except Interrupted:
            self.get_logger().warning('interrupted while taking the nodes down')

    def _lower(self, node: ManagedNode, transition: str) -> None:
        """Make one transition on the way down; a node that fails it is left alone."""
        try:
            if node.missing() is not None:
                raise LifecycleError('it has gone')
            state = node.state(FAREWELL)
            if transition == 'cleanup' or state == State.PRIMARY_STATE_ACTIVE:
                node.transition(transition, FAREWELL)
                self.get_logger().info(f'{node.name}: {transition} done')
        except ValetError as error:
            self._up.remove(node)
            self.get_logger().info(f'{node.name}: not taken down: {error}')

    def _on_start(self, _request: Trigger.Request, answer: Trigger.Response) -> Trigger.Response:
        answer.success, self._started = not self._started, True
        answer.message = 'starting' if answer.success else 'already started'
        return answer


def main(args: list[str] | None = None) -> int:
    """Run the manager until a signal or a failure; returns the exit status."""
    return run(Manager, args, Manager.live)


if __name__ == '__main__':
    sys.exit(main())
