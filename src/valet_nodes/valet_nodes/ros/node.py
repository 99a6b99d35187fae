"""The base of every node of ours: its life, as a few hooks."""

from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from valet_nodes.ros.open_node import OpenNode

__all__ = ['ValetNode']


class ValetNode(OpenNode):
    """A lifecycle node with four hooks: `prepare`, `configure`, `started` and `halted`.

    What is opened in `configure` is removed at cleanup, shutdown and after an error.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """Create the node, unconfigured.

        Args:
            name: of the node.
            options: of rclpy's node.
        """
        super().__init__(name, **options)
        self._active = False
        self._prepared = False

    # --- hooks

    def prepare(self) -> None:
        """Declare the parameters and make what lasts, once, before the first `configure`.

        Raises:
            ValetError: for a parameter that is not right: the node then refuses to configure,
                and the manager ends what waits for it. In the constructor it would be gone.
        """

    def configure(self) -> None:
        """Create what the node needs.

        Raises:
            ValetError: where it cannot be; the node stays unconfigured and says why.
        """

    def started(self) -> None:
        """The node has become active."""

    def halted(self, why: str) -> None:
        """The node is about to be active no more: end what runs, send a last zero."""

    # --- state

    @property
    def active(self) -> bool:
        """Whether the node is active."""
        return self._active

    # --- transitions

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Configure; what was created before a failure is removed."""
        try:
            if not self._prepared:
                self.prepare()
                self._prepared = True
            self.configure()
        except Exception:
            self.close()
            raise
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Become active."""
        result = super().on_activate(state)
        self._active = True
        self.started()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Halt while publishers are still heard."""
        self._halt('the node is deactivated')
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove everything."""
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Halt and remove everything."""
        self._halt('the node shuts down')
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Halt and remove everything, whatever failed."""
        self._halt('the node failed')
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def _halt(self, why: str) -> None:
        if self._active:
            self.halted(why)
            self._active = False
