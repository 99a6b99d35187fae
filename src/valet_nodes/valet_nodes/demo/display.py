"""What a demo shows in the terminal while it runs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from valet_nodes.demo.dressing_client import DressingClient
from valet_nodes.demo.mobile_client import MobileClient
from valet_nodes.demo.report import GATE_NAMES

__all__ = ['dressing_display', 'mobile_display', 'status_line']

WIDTH = 24  # of the bar, in characters
PERIOD = 2.0  # between two lines about a drive [s]


@contextmanager
def dressing_display(client: DressingClient) -> Iterator[Callable[[], None]]:
    """A line that changes in place."""
    with Live(refresh_per_second=8) as live:
        yield lambda: live.update(status_line(client))


@contextmanager
def mobile_display(client: MobileClient) -> Iterator[Callable[[], None]]:
    """A new line now and then."""
    shown = time.monotonic()

    def show() -> None:
        nonlocal shown
        if time.monotonic() - shown > PERIOD:
            shown, feedback = time.monotonic(), client.feedback
            print(
                f'{feedback.phase or "start":8} {feedback.distance_remaining:5.1f} m to go, '
                f'{feedback.speed:.2f} m/s {client.gate.reason}'
            )

    yield show


def status_line(client: DressingClient) -> Text:
    """Phase, progress, force and gate in one line."""
    ratio = client.feedback.dressed_ratio
    filled = round(WIDTH * min(max(ratio, 0.0), 1.0))
    gate = GATE_NAMES[client.gate.state]
    line = Text.assemble(
        (f'{client.feedback.phase or "starting":10}', 'bold'),
        ' ' + '#' * filled + '.' * (WIDTH - filled),
        f' {ratio:4.0%}  force {client.gate.force:5.1f} / {client.gate.force_limit:.0f} N  gate ',
        (gate, 'red' if gate == 'stopped' else 'green'),
    )
    if client.gate.reason:
        line.append(f' ({client.gate.reason})')
    return line
