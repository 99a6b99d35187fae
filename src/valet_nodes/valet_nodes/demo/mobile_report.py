"""Files of the mobility demo: video and picture."""

from pathlib import Path

import numpy as np

from valet_nodes.demo.mobile_client import MobileRow
from valet_nodes.demo.report import GATE_NAMES, write_video
from valet_nodes.demo.top_view import TopView

__all__ = ['write_mobile_picture', 'write_mobile_video']

RATE = 10.0  # images of the video a second of simulated time


def write_mobile_video(rows: list[MobileRow], view: TopView, path: Path) -> None:
    """Write the drive as an mp4, in real time."""
    trail = np.array([row.pose[:2] for row in rows])
    images, due = [], 0.0
    for index, row in enumerate(rows):
        if row.time >= due:
            due = row.time + 1.0 / RATE - 1e-3
            images.append(view.draw(row, trail[: index + 1]))
    write_video(images, path, RATE)


def write_mobile_picture(rows: list[MobileRow], view: TopView, path: Path, title: str) -> None:
    """Draw the whole way from above, and speed, distance and gate over time."""
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    picture = view.draw(rows[-1], np.array([row.pose[:2] for row in rows]))
    time = np.array([row.time for row in rows])
    figure, (above, speed, way, gate) = pyplot.subplots(
        4, 1, figsize=(9, 10), height_ratios=[5 * picture.shape[0] / picture.shape[1] + 1, 2, 2, 1]
    )
    above.imshow(picture)
    above.set_axis_off()
    above.set_title(title)
    speed.plot(time, [row.speed for row in rows], label='true speed')
    asked = [float(np.hypot(*row.command[:2])) for row in rows]
    speed.plot(time, asked, '--', label='commanded')
    speed.set(ylabel='speed [m/s]')
    speed.legend(loc='best', fontsize=8)
    way.plot(time, [row.distance for row in rows], color='tab:green')
    way.set(ylabel='way left [m]', ylim=(0, None))
    gate.step(time, [row.gate for row in rows], where='post', color='tab:gray')
    gate.set(
        xlabel='time [s]', ylabel='gate', yticks=range(len(GATE_NAMES)), yticklabels=GATE_NAMES
    )
    for axis in (speed, way, gate):
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
