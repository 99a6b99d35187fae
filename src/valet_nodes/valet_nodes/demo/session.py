"""One demo from the launch of its graph to the result of its goal."""

import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import rclpy
from rclpy.signals import SignalHandlerOptions, uninstall_signal_handlers

from valet_core.common.errors import ValetError
from valet_nodes.demo.client import DemoClient
from valet_nodes.demo.graph import GraphProcess, isolate, spin_until, spin_until_ready

__all__ = ['LOG', 'Session']

LOG = 'launch.log'

C = TypeVar('C', bound=DemoClient[Any])


@dataclass(frozen=True)
class Session(Generic[C]):
    """What is launched, who listens and what it sends."""

    file: str
    """Launch file."""
    arguments: Mapping[str, Any]
    """Of the launch file."""
    make_client: Callable[[], C]
    """Once rclpy is initialised."""
    send: Callable[[C], None]
    """Sends the goal."""
    display: Callable[[C], AbstractContextManager[Callable[[], None]]]
    """What shows how it goes: called again and again until the result is there."""
    start_timeout: float
    """For the graph to come up [s]."""
    run_timeout: float
    """For the goal to end [s]."""

    def play(self, folder: Path) -> tuple[C, str]:
        """Play the demo.

        Args:
            folder: takes the output of the launch.

        Returns:
            The client with all that it has heard; and what ended it before its result, empty
            where nothing did.
        """
        isolate()
        # Its own handler would end the context in the middle of whatever is being done with it.
        uninstall_signal_handlers()  # of whoever used rclpy in this process before
        signal.signal(signal.SIGINT, signal.default_int_handler)
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        client, error = self.make_client(), ''
        try:
            with (folder / LOG).open('w') as log:
                self._play(client, GraphProcess(self.arguments, log, self.file))
        except ValetError as failure:
            error = str(failure)
        except KeyboardInterrupt:
            error = 'interrupted'  # what was heard until then is still worth a report
        finally:
            client.destroy_node()
            rclpy.try_shutdown()
        return client, error

    def _play(self, client: C, process: GraphProcess) -> None:
        with process as graph:
            took = spin_until_ready(client, graph, self.start_timeout)
            print(f'the graph is up after {took:.1f} s; goal sent')
            self.send(client)
            with self.display(client) as show:

                def is_done() -> bool:
                    show()
                    return client.result is not None

                message = f'no result within {self.run_timeout:.0f} s'
                spin_until(client, graph, is_done, self.run_timeout, lambda: message)
            client.close()
