"""What came of a dressing demo: result, picture and video."""

from pathlib import Path
from typing import Any

from valet_nodes.demo.dressing_client import DressingClient, DressingRow
from valet_nodes.demo.report import column, conclude, draw_gate, outcome_name, picture, write_video

__all__ = ['SUCCESS_RATIO', 'report_dressing']

SUCCESS_RATIO = 0.7  # true dressed share of the upper arm
CONTACT_LIMIT = 15.0  # of a link of the robot on the person, where the arm counts as dressed [N]


def report_dressing(
    client: DressingClient, asked: dict[str, Any], error: str, rate: float, folder: Path
) -> bool:
    """Write the files of a run and say how it went.

    Args:
        client: that has heard it.
        asked: what the demo was told, for the result.
        error: of the graph, '' for none.
        rate: of the scene camera [Hz].
        folder: of the files.

    Returns:
        Whether the arm is dressed, in truth and by the policy's own account.
    """
    result = {**_outcome(client), **asked, 'error': error}
    if client.rows:
        title = '{garment}, {side} arm, elbow {elbow_flexion_deg:.0f} deg: {outcome}'
        _draw(client.rows, folder / 'progress.png', title.format(**result))
    write_video(client.images, folder / 'scene.mp4', rate)
    summary = (
        'upper arm {upper_arm_ratio:.2f}, whole arm {whole_arm_ratio:.2f}, '
        'peak force {force_peak_n:.1f} N, {duration_s:.1f} s'
    )
    if result['contact_peak_n'] > CONTACT_LIMIT:
        summary += ', pressed the person with {contact_peak_n:.0f} N ({contact_between})'
    conclude(result, summary.format(**result), folder)
    return bool(result['dressed'])


def _outcome(client: DressingClient) -> dict[str, Any]:
    rows, answer, truth = client.rows, client.result, client.truth
    outcome, upper = outcome_name(answer), float(truth.upper_arm_ratio)
    unhurt = not truth.pierced and truth.contact_peak <= CONTACT_LIMIT
    return {
        'dressed': outcome == 'SUCCEEDED' and upper >= SUCCESS_RATIO and unhurt,
        'outcome': outcome,
        'message': answer.message if answer is not None else '',
        'upper_arm_ratio': upper,
        'whole_arm_ratio': float(truth.whole_arm_ratio),
        'perceived_whole_arm_ratio': float(answer.dressed_ratio) if answer is not None else 0.0,
        'force_peak_n': max((float(gate.force) for gate in client.gates), default=0.0),
        'pierced': bool(truth.pierced),
        'contact_peak_n': float(truth.contact_peak),
        'contact_time_s': float(truth.contact_time),
        'contact_between': truth.contact_between,
        'duration_s': float(rows[-1].time) if rows else 0.0,
    }


def _draw(rows: list[DressingRow], path: Path, title: str) -> None:
    """Draw progress along the arm, force with its limit and the gate's state over time."""
    time = column(rows, 'time')
    with picture(path, (9, 7), (3, 3, 1.4), sharex=True) as (ratio, force, gate):
        ratio.plot(time, column(rows, 'upper_arm_ratio'), label='upper arm, true')
        ratio.plot(time, column(rows, 'whole_arm_ratio'), label='whole arm, true')
        ratio.plot(time, column(rows, 'perceived_ratio'), '--', label='whole arm, as perceived')
        ratio.set(ylabel='dressed ratio', ylim=(-0.03, 1.05), title=title)
        force.plot(time, column(rows, 'force'), color='tab:red', label='measured')
        force.plot(time, column(rows, 'force_limit'), 'k:', label='limit of the gate')
        force.set(ylabel='force on the tool [N]', ylim=(0, None))
        draw_gate(gate, rows)
        for axis in (ratio, force):
            axis.legend(loc='best', fontsize=8)
        for axis in (ratio, force, gate):
            axis.grid(alpha=0.3)
