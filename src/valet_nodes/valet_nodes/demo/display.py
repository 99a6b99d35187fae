"""The demo's live line in the terminal."""

from rich.text import Text

from valet_core.policy.outcome import Outcome
from valet_nodes.demo.client import DemoClient
from valet_nodes.demo.report import GATE_NAMES

__all__ = ['outcome_name', 'status_line']

WIDTH = 24


def outcome_name(value: int) -> str:
    """Name of a value of valet_msgs/Outcome."""
    return Outcome(value).name if value in list(Outcome) else f'unknown outcome {value}'


def status_line(client: DemoClient) -> Text:
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
