"""Files of a demo: video, picture and result."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from valet_core.policy.outcome import Outcome
from valet_nodes.demo.session import LOG

__all__ = [
    'GATE_NAMES',
    'column',
    'conclude',
    'draw_gate',
    'outcome_name',
    'output_folder',
    'picture',
    'write_video',
]

GATE_NAMES = ('inactive', 'waiting', 'passing', 'clamping', 'stopped')


def output_folder(asked: Path | None) -> Path:
    """The folder that was asked for, or a new one named by the time; it exists then."""
    folder = asked or Path('outputs') / datetime.now().strftime('%Y-%m-%d_%H-%M-%S')
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def conclude(result: dict[str, Any], summary: str, folder: Path) -> None:
    """Write result.json and say what came of it.

    Args:
        result: with an 'outcome', a 'message' and an 'error' of the graph, '' for none.
        summary: a line of numbers.
        folder: of all files.
    """
    text = json.dumps(result, indent=2) + '\n'
    (folder / 'result.json').write_text(text, encoding='utf-8')
    print(f'{result["outcome"]}: {result["message"]}\n{summary}')
    if result['error']:
        print(f'error: {result["error"]}; see {folder / LOG}', file=sys.stderr)
    print(f'files in {folder}')


def outcome_name(answer: Any) -> str:
    """Name of the outcome in an action's result; UNKNOWN where there is no result."""
    if answer is None:
        return 'UNKNOWN'
    value = answer.outcome.value
    return Outcome(value).name if value in list(Outcome) else f'unknown outcome {value}'


def column(rows: Sequence[Any], name: str) -> np.ndarray:
    """One field of the rows of a run. Shape (n,) or (n, ...)."""
    return np.array([getattr(row, name) for row in rows])


def write_video(images: Sequence[np.ndarray], path: Path, rate: float) -> None:
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


@contextmanager
def picture(
    path: Path, size: tuple[float, float], heights: Sequence[float], sharex: bool = False
) -> Iterator[tuple[Any, ...]]:
    """Axes one below the other, written as a picture at the end.

    Args:
        path: of the picture.
        size: width and height [inch].
        heights: of the axes, relative.
        sharex: whether all have the same horizontal axis.
    """
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(heights), 1, sharex=sharex, figsize=size, height_ratios=heights
    )
    yield tuple(axes)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def draw_gate(axis: Any, rows: Sequence[Any]) -> None:
    """Draw the state of the gate over the time of the rows."""
    axis.step(column(rows, 'time'), column(rows, 'gate'), where='post', color='tab:green')
    axis.set(
        xlabel='time [s]',
        ylabel='gate',
        yticks=range(len(GATE_NAMES)),
        yticklabels=GATE_NAMES,
        ylim=(-0.5, len(GATE_NAMES) - 0.5),
    )
