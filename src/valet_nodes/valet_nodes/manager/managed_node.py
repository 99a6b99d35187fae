"""One lifecycle node seen from the manager: its state, and a transition at a time."""

from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.node import Node
from rclpy.task import Future

from valet_core.common.errors import ValetError

__all__ = ['NAMES', 'LifecycleError', 'ManagedNode']

TRANSITIONS = {
    'configure': (Transition.TRANSITION_CONFIGURE, State.PRIMARY_STATE_INACTIVE),
    'activate': (Transition.TRANSITION_ACTIVATE, State.PRIMARY_STATE_ACTIVE),
    'deactivate': (Transition.TRANSITION_DEACTIVATE, State.PRIMARY_STATE_INACTIVE),
    'cleanup': (Transition.TRANSITION_CLEANUP, State.PRIMARY_STATE_UNCONFIGURED),
}
NAMES = {
    State.PRIMARY_STATE_UNKNOWN: 'unknown',
    State.PRIMARY_STATE_UNCONFIGURED: 'unconfigured',
    State.PRIMARY_STATE_INACTIVE: 'inactive',
    State.PRIMARY_STATE_ACTIVE: 'active',
    State.PRIMARY_STATE_FINALIZED: 'finalized',
}

# Spins the manager's node until something is the case or a time has passed [s]; whether it is.
Wait = Callable[[Callable[[], bool], float], bool]


class LifecycleError(ValetError):
    """A lifecycle node that did not do what it was told."""


class ManagedNode:
    """Clients of one node's lifecycle services."""

    def __init__(self, node: Node, name: str, wait: Wait) -> None:
        """Create the clients.

        Args:
            node: the manager; relative names are in its namespace.
            name: of the lifecycle node.
            wait: spins until something is the case.
        """
        self.name = name
        self._wait = wait
        change, get = f'{name}/change_state', f'{name}/get_state'
        self._clients = {
            node.resolve_service_name(change): node.create_client(ChangeState, change),
            node.resolve_service_name(get): node.create_client(GetState, get),
        }
        self._change, self._get = self._clients.values()

    def missing(self) -> str | None:
        """Which service is not there yet, None when all are."""
        for name, client in self._clients.items():
            if not client.service_is_ready():
                return f'node {self.name!r}: service {name} is not there'
        return None

    def state(self, timeout: float) -> int:
        """Return the state of the node.

        Raises:
            LifecycleError: when there is no answer in time.
        """
        return self._call(self._get, GetState.Request(), timeout, 'say its state').current_state.id

    def transition(self, name: str, timeout: float) -> None:
        """Make a transition, unless the node is already where it leads to.

        Args:
            name: configure, activate, deactivate or cleanup.
            timeout: for the whole of it [s].

        Raises:
            LifecycleError: when the node does not answer or the transition fails.
        """
        number, goal = TRANSITIONS[name]
        if self.state(timeout) == goal:
            return
        request = ChangeState.Request(transition=Transition(id=number))
        answer = self._call(self._change, request, timeout, name)
        if not answer.success:
            state = self.state(timeout)
            raise LifecycleError(
                f'node {self.name!r} refused to {name}; it is {NAMES.get(state, state)} and its '
                'own messages say why'
            )

    def ask(self) -> Future:
        """Ask for the state without waiting."""
        return self._get.call_async(GetState.Request())

    def forget(self, future: Future) -> None:
        """Give up on an answer."""
        self._get.remove_pending_request(future)

    def _call(self, client: Any, request: Any, timeout: float, what: str) -> Any:
        future = client.call_async(request)
        # A node that ends while it is asked will never answer.
        self._wait(lambda: future.done() or not client.service_is_ready(), timeout)
        if not future.done():
            client.remove_pending_request(future)
            if not client.service_is_ready():
                raise LifecycleError(f'node {self.name!r} has gone when told to {what}')
            raise LifecycleError(
                f'node {self.name!r} did not answer within {timeout} s when told to {what}'
            )
        return future.result()
