"""Goals of an action, each from its request to its result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future

from valet_core.common.errors import InvalidInputError, StaleInputError, ValetError
from valet_core.policy.episode import Episode
from valet_core.policy.outcome import Outcome
from valet_core.policy.task import TaskStatus

__all__ = ['Goals', 'Run']


@dataclass
class Run:
    """One goal from its request to its end."""

    episode: Episode[Any, Any]
    handle: ServerGoalHandle | None
    """Of the action's goal; None for a goal that came by a topic."""
    result: Future = field(default_factory=Future)
    """Completed at the end with the action's result."""
    status: TaskStatus = field(default_factory=lambda: TaskStatus('', 0.0))
    """The last one."""
    chunks: int = 0
    """Chunks taken up so far."""

    @property
    def cancel_requested(self) -> bool:
        """Whether the client of the action wants it to end."""
        return self.handle is not None and self.handle.is_cancel_requested

    def answer(self, outcome: Outcome, result: Any) -> None:
        """Tell the client of the action, if there is one.

        Args:
            outcome: of the run.
            result: message of the action.
        """
        if self.handle is None:
            return
        if outcome is Outcome.SUCCEEDED:
            self.handle.succeed()
        elif outcome is Outcome.CANCELED and self.handle.is_cancel_requested:
            self.handle.canceled()
        else:
            self.handle.abort()
        self.result.set_result(result)


class Goals:
    """What an action server does with its goals: each begins at once, or is refused."""

    def __init__(
        self, start: Callable[[Any, ServerGoalHandle], Run], refused: Callable[[ValetError], Any]
    ) -> None:
        """Take what begins a goal.

        Args:
            start: from request and handle to the run; a ValetError refuses the goal.
            refused: result message for a goal that is refused.
        """
        self._start, self._refused = start, refused
        self._begun: dict[bytes, Run | ValetError] = {}

    def accepted(self, handle: ServerGoalHandle) -> None:
        """Begin at once, so that no tick comes in between."""
        begun: Run | ValetError
        try:
            begun = self._start(handle.request, handle)
        except (InvalidInputError, StaleInputError) as error:
            begun = error
        self._begun[bytes(handle.goal_id.uuid)] = begun
        handle.execute()

    async def execute(self, handle: ServerGoalHandle) -> Any:
        """Wait for the end of the run: the ticks do the work and complete its future."""
        begun = self._begun.pop(bytes(handle.goal_id.uuid))
        if isinstance(begun, Run):
            return await begun.result
        handle.abort()
        return self._refused(begun)
