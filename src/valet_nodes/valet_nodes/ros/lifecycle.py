"""A lifecycle node that survives a wrong request and tells why a transition failed."""

from collections.abc import Callable
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy._rclpy_pybind11 import RCLError
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from valet_core.common.errors import ValetError

__all__ = ['GuardedLifecycleNode']

_Transition = Callable[[LifecycleState], TransitionCallbackReturn]
_Change = Callable[[ChangeState.Request, ChangeState.Response], ChangeState.Response]


class GuardedLifecycleNode(LifecycleNode):
    """Base of every lifecycle node here.

    rclpy lets a request for a transition that the state does not have end the process, and
    drops an exception in a transition without a word.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        service = self._service_change_state
        service.callback = self._answered(service.callback)
        self._callbacks = {state: self._told(call) for state, call in self._callbacks.items()}

    def _answered(self, change: _Change) -> _Change:
        def answer(
            request: ChangeState.Request, response: ChangeState.Response
        ) -> ChangeState.Response:
            try:
                return change(request, response)
            except RCLError:
                state = self._state_machine.current_state[1]
                asked = request.transition.label or request.transition.id
                self.get_logger().warning(f'transition {asked} is not possible when {state}')
                response.success = False
                return response

        return answer

    def _told(self, transition: _Transition) -> _Transition:
        def tell(previous: LifecycleState) -> TransitionCallbackReturn:
            try:
                return transition(previous)
            except ValetError as error:
                self.get_logger().error(f'from {previous.label}: {error}')
                return TransitionCallbackReturn.FAILURE
            except Exception as error:
                self.get_logger().error(f'from {previous.label}: {type(error).__name__}: {error}')
                raise

        return tell
