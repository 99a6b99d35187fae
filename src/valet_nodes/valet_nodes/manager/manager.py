"""Brings the lifecycle nodes up in order, watches them, and takes them down in reverse."""

import signal
import sys

import rclpy
from lifecycle_msgs.msg import State
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_srvs.srv import Trigger

from valet_core.common.errors import ValetError
from valet_nodes.manager.managed_node import LifecycleError, ManagedNode
from valet_nodes.manager.manager_config import ManagerConfig, parse_required_topic
from valet_nodes.manager.patience import Interrupted, Patience, Waiting
from valet_nodes.manager.topic_wait import TopicWait, TransformWait
from valet_nodes.ros.command_line import initialise
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.tf_buffer import TransformListener

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
        self._starter = self.create_service(Trigger, '~/start', self._on_start)

    def live(self) -> int:
        """Bring everything up and stay until a signal or a failure.

        Returns:
            Exit status: 0 after a signal, 1 where a node failed or something never came.
        """
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
        """Look again and again whether every node is still active.

        Raises:
            LifecycleError: when one is not and the configuration says to stop.
        """
        alive = list(self._nodes)
        if self.config.watch_period == 0.0:
            self.patience.until(lambda: False, 0.0)
        while True:
            for node in list(alive):
                problem = self._problem(node)
                if problem is None:
                    continue
                if self.config.on_node_death == 'stop':
                    raise LifecycleError(problem)
                self.get_logger().error(problem)
                alive.remove(node)
            self.patience.until(lambda: False, self.config.watch_period)

    def _problem(self, node: ManagedNode) -> str | None:
        """What is wrong with a node, None when it is active."""
        future = node.ask()
        if not self.patience.until(future.done, self.config.watch_timeout):
            node.forget(future)
            self._up.remove(node)  # nothing that could be taken down
            return f'node {node.name!r} has not answered for {self.config.watch_timeout} s'
        state = future.result().current_state
        if state.id != State.PRIMARY_STATE_ACTIVE:
            return f'node {node.name!r} is not active any more, it is {state.label}'
        return None

    def _take_down(self) -> None:
        """Deactivate and clean up in reverse order, as far as nodes still answer."""
        self.patience.interrupted = False  # only another signal ends this
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
    initialise(sys.argv if args is None else args)
    manager: Manager | None = None
    interrupted = []

    def interrupt(_number: int, _frame: object) -> None:
        interrupted.append(True)
        if manager is not None:
            manager.patience.interrupted = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        manager = Manager()
        manager.patience.interrupted = bool(interrupted)
        return manager.live()
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    except ValetError as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    finally:
        if manager is not None:
            manager.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
