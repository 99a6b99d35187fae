"""What came of a mobility demo: result, picture and video."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from valet_nodes.demo.mobile_client import MobileClient, MobileRow
from valet_nodes.demo.report import column, conclude, draw_gate, outcome_name, picture, write_video
from valet_nodes.demo.top_view import TopView

__all__ = ['ARRIVED', 'report_drive']

RATE = 10.0  # images of the video a second of simulated time
ARRIVED = 1.0  # true distance from the goal [m], BARN's; odometry drifts by a few percent


def report_drive(
    client: MobileClient,
    asked: dict[str, Any],
    error: str,
    view: TopView,
    goal: np.ndarray,
    folder: Path,
) -> bool:
    """Write the files of a drive and say how it went.

    Args:
        client: that has heard it.
        asked: what the demo was told, for the result.
        error: of the graph, '' for none.
        view: of the world.
        goal: x, y in the world [m].
        folder: of the files.

    Returns:
        Whether the base has arrived, in truth and by its own account, and touched nothing.
    """
    result = {**_outcome(client, goal), **asked, 'error': error}
    if client.rows:
        title = '{embodiment}, {scene} {seed}, {controller}: {outcome}'.format(**result)
        _draw(client.rows, view, folder / 'drive.png', title)
        write_video(_film(client.rows, view), folder / 'drive.mp4', RATE)
    touched = f'touched {result["contact"]}' if result['contact'] else 'nothing touched'
    summary = 'truly {true_distance_m:.2f} m from the goal after {duration_s:.1f} s, '
    conclude(result, summary.format(**result) + touched, folder)
    return bool(result['arrived'])


def _outcome(client: MobileClient, goal: np.ndarray) -> dict[str, Any]:
    rows, truth, answer = client.rows, client.truth, client.result
    outcome = outcome_name(answer)
    away = math.hypot(truth.x - goal[0], truth.y - goal[1])
    clean = not (truth.collided or truth.fallen)
    return {
        'arrived': outcome == 'SUCCEEDED' and away <= ARRIVED and clean,
        'outcome': outcome,
        'message': answer.message if answer is not None else '',
        'true_distance_m': away,
        'collided': bool(truth.collided),
        'contact': truth.contact,
        'fallen': bool(truth.fallen),
        'duration_s': float(rows[-1].time) if rows else 0.0,
        'speed_peak_m_s': max((float(row.speed) for row in rows), default=0.0),
    }


def _film(rows: list[MobileRow], view: TopView) -> list[np.ndarray]:
    """Images of the drive from above, in real time."""
    trail = column(rows, 'pose')[:, :2]
    images, due = [], 0.0
    for index, row in enumerate(rows):
        if row.time >= due:
            due = row.time + 1.0 / RATE - 1e-3
            images.append(view.draw(row, trail[: index + 1]))
    return images


def _draw(rows: list[MobileRow], view: TopView, path: Path, title: str) -> None:
    """Draw the whole way from above, and speed, distance and gate over time."""
    whole = view.draw(rows[-1], column(rows, 'pose')[:, :2])
    time = column(rows, 'time')
    heights = (5 * whole.shape[0] / whole.shape[1] + 1, 2, 2, 1)
    with picture(path, (9, 10), heights) as (above, speed, way, gate):
        above.imshow(whole)
        above.set_axis_off()
        above.set_title(title)
        speed.plot(time, column(rows, 'speed'), label='true speed')
        asked = np.linalg.norm(column(rows, 'command')[:, :2], axis=1)
        speed.plot(time, asked, '--', label='commanded')
        speed.set(ylabel='speed [m/s]')
        speed.legend(loc='best', fontsize=8)
        # Nothing is known of it before the first feedback.
        left = np.where(column(rows, 'phase') != '', column(rows, 'distance'), np.nan)
        way.plot(time, left, color='tab:green')
        way.sharex(speed)
        way.set(ylabel='way left [m]', ylim=(0, None))
        draw_gate(gate, rows)
        for axis in (speed, way, gate):
            axis.grid(alpha=0.3)
