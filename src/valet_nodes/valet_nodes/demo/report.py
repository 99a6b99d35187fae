"""Files of a demo: video, picture and result."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from valet_nodes.demo.record import Record

__all__ = ['write_picture', 'write_result', 'write_video']

GATE_NAMES = ('inactive', 'waiting', 'passing', 'clamping', 'stopped')


def write_video(images: list[np.ndarray], path: Path, rate: float) -> None:
    """Write images as an mp4.

    Args:
        images: each (H, W, 3) uint8; none means no file.
        path: of the file.
        rate: images a second.
    """
    if not images:
        return
    import imageio.v2 as imageio

    with imageio.get_writer(path, fps=rate, codec='libx264', quality=7, macro_block_size=8) as out:
        for image in images:
            out.append_data(image)


def write_picture(record: Record, path: Path, title: str) -> None:
    """Draw progress along the arm, force with its limit and the gate's state over time."""
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    time = record.column('time')
    figure, (ratio, force, gate) = pyplot.subplots(
        3, 1, sharex=True, figsize=(9, 7), height_ratios=[3, 3, 1.4]
    )
    ratio.plot(time, record.column('upper_arm_ratio'), label='upper arm, true')
    ratio.plot(time, record.column('whole_arm_ratio'), label='whole arm, true')
    ratio.plot(time, record.column('perceived_ratio'), '--', label='whole arm, as perceived')
    ratio.set(ylabel='dressed ratio', ylim=(-0.03, 1.05), title=title)
    force.plot(time, record.column('force'), color='tab:red', label='measured')
    force.plot(time, record.column('force_limit'), 'k:', label='limit of the gate')
    force.set(ylabel='force on the tool [N]', ylim=(0, None))
    gate.step(time, record.column('gate'), where='post', color='tab:green')
    gate.set(
        xlabel='time [s]',
        ylabel='gate',
        yticks=range(len(GATE_NAMES)),
        yticklabels=GATE_NAMES,
        ylim=(-0.5, len(GATE_NAMES) - 0.5),
    )
    for axis in (ratio, force):
        axis.legend(loc='best', fontsize=8)
    for axis in (ratio, force, gate):
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def write_result(result: dict[str, Any], path: Path) -> None:
    """Write the result as JSON."""
    path.write_text(json.dumps(result, indent=2) + '\n', encoding='utf-8')
