"""One lifecycle node seen from the manager: its state, and a transition at a time."""

import time
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

LOOK_PERIOD = 1.0  # between questions that are asked again [s]

# Spins the manager's node until something is the case or a time has passed [s]; whether it is.
Wait = Callable[[Callable[[], bool], float], bool]


class LifecycleError(ValetError):
    """A lifecycle node that did not do what it was told."""


class Looks:
    """Asks for a node's state, again and again.

    An answer is lost where the node does not know yet who asks; asking anew changes nothing.
    """

    def __init__(self, get_state: Any) -> None:
        """Take the client of the node's service get_state."""
        self._client = get_state
        self._asked: list[Future] = []

    def again(self) -> None:
        """Ask once more."""
        self._asked.append(self._client.call_async(GetState.Request()))

    @property
    def state(self) -> int | None:
        """The state by the newest answer, None before there is one."""
        answers = [future.result() for future in self._asked if future.done()]
        return answers[-1].current_state.id if answers else None

    def forget(self) -> None:
        """Expect no more answers."""
        for future in self._asked:
            self._client.remove_pending_request(future)


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
        looks = Looks(self._get)
        looks.again()
        try:
            self._wait_for(lambda: looks.state is not None, looks, timeout, 'say its state')
        finally:
            looks.forget()
        assert looks.state is not None
        return looks.state

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
        looks = Looks(self._get)
        change = self._change.call_async(ChangeState.Request(transition=Transition(id=number)))
        try:
            self._wait_for(lambda: change.done() or looks.state == goal, looks, timeout, name)
        finally:
            looks.forget()
            self._change.remove_pending_request(change)
        if change.done() and not change.result().success:
            state = self.state(timeout)
            raise LifecycleError(
                f'node {self.name!r} refused to {name}; it is {NAMES.get(state, state)} and its '
                'own messages say why'
            )

    def _wait_for(
        self, is_done: Callable[[], bool], looks: Looks, timeout: float, what: str
    ) -> None:
        """Wait until the node has done what it was told, with looks at its state meanwhile.

        Raises:
            LifecycleError: when it has gone or takes too long.
        """
        end = time.monotonic() + timeout
        # A node that ends while it is asked will never answer.
        is_gone = lambda: self.missing() is not None  # noqa: E731
        left = timeout
        while not self._wait(lambda: is_done() or is_gone(), min(LOOK_PERIOD, left)):
            if (left := end - time.monotonic()) <= 0.0:
                raise LifecycleError(
                    f'node {self.name!r} did not answer within {timeout} s when told to {what}'
                )
            looks.again()
        if not is_done():
            raise LifecycleError(f'node {self.name!r} has gone when told to {what}')
