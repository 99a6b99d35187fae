"""The network that labels pixels and finds the arm's joints, run by ONNX Runtime on one core."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from numba import njit

from valet_core.common.errors import ConfigError
from valet_core.perception.frame import GRID
from valet_core.perception.labels import Label

__all__ = ['CHANNELS', 'ArmNetwork', 'NetworkOutput', 'pack']

CHANNELS = 7
"""Of each pixel: red, green, blue in 0..1, its point in the base frame [m], 1 if it has one."""

PLANES = (4 * CHANNELS, GRID[0] // 2, GRID[1] // 2)
"""Shape of what the graph takes: each channel of the four pixels of a place, by row and column.
To turn pixels into it takes ONNX Runtime ten times longer than the loop here."""


class NetworkOutput(NamedTuple):
    """What the network makes of one frame."""

    labels: np.ndarray
    """The likeliest `Label` of each pixel. Shape (*GRID), uint8."""
    joints: np.ndarray
    """Shoulder, elbow, wrist and fingertip in the base frame [m]. Shape (4, 3), float64."""
    error: np.ndarray
    """Distance by which each joint is expected to be off [m]. Shape (4,), float64."""


def pack(rgb: np.ndarray, points: np.ndarray, seen: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Put a sampled frame into the network's input.

    Args:
        rgb: colour. Shape (*GRID, 3), uint8.
        points: base frame [m]. Shape (*GRID, 3).
        seen: pixels whose points count. Shape (*GRID), bool.
        hidden: pixels whose colour is hidden too, such as those of the robot. Shape (*GRID), bool.

    Returns:
        Shape (*GRID, CHANNELS), float32.
    """
    pixels = np.empty((*GRID, CHANNELS), dtype=np.float32)
    _fill(np.array(rgb), np.ascontiguousarray(points), seen, hidden, pixels)
    return pixels


class ArmNetwork:
    """A trained network, ready to run."""

    def __init__(self, folder: Path) -> None:
        """Load it.

        Args:
            folder: holds model.onnx and config.json.

        Raises:
            ConfigError: if a file is missing or does not fit this version.
        """
        folder = Path(folder)
        for name in ('model.onnx', 'config.json'):
            if not (folder / name).is_file():
                raise ConfigError(f'model {folder}: {name} is missing; `./valet train perception` '
                                  'makes it')  # fmt: skip
        self.description = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / 'model.onnx'), options, providers=['CPUExecutionProvider']
            )
        except Exception as error:  # ONNX Runtime has no base class for its errors
            raise ConfigError(f'model {folder}: model.onnx cannot be loaded: {error}') from error
        shape = self._session.get_inputs()[0].shape
        if shape != [1, *PLANES]:
            raise ConfigError(
                f'model {folder}: model.onnx takes input {shape}, expected {[1, *PLANES]}: it is '
                'of another version; `./valet train perception` makes one of this'
            )

    def __call__(self, pixels: np.ndarray) -> NetworkOutput:
        """Run on one frame.

        Args:
            pixels: from `pack`. Shape (*GRID, CHANNELS), float32.
        """
        planes = np.empty((1, *PLANES), dtype=np.float32)
        _unshuffle(np.ascontiguousarray(pixels), planes[0])
        logits, joints, log_error = self._session.run(None, {'planes': planes})
        if logits.shape != (1, 4 * len(Label), *PLANES[1:]):
            raise ConfigError(f'model.onnx gives logits {logits.shape}')
        labels = np.empty(GRID, dtype=np.uint8)
        _likeliest(logits[0], labels)
        return NetworkOutput(
            labels, joints[0].astype(np.float64), np.exp(log_error[0].astype(np.float64))
        )


@njit(cache=True)
def _fill(
    rgb: np.ndarray, points: np.ndarray, seen: np.ndarray, hidden: np.ndarray, pixels: np.ndarray
) -> None:
    """See `pack`."""
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            shown = np.float32(0.0 if hidden[row, column] else 1 / 255)
            counts = np.float32(seen[row, column])
            for k in range(3):
                pixels[row, column, k] = rgb[row, column, k] * shown
                pixels[row, column, 3 + k] = points[row, column, k] * counts
            pixels[row, column, 6] = counts


@njit(cache=True)
def _unshuffle(pixels: np.ndarray, planes: np.ndarray) -> None:
    """Pixels (h, w, c) as planes (4 c, h / 2, w / 2), by channel, then row, then column."""
    for k in range(len(planes)):
        channel, i, j = k // 4, k // 2 % 2, k % 2
        for row in range(planes.shape[1]):
            for column in range(planes.shape[2]):
                planes[k, row, column] = pixels[2 * row + i, 2 * column + j, channel]


@njit(cache=True)
def _likeliest(logits: np.ndarray, labels: np.ndarray) -> None:
    """Label (h, w) of the highest of its logits in planes (4 labels, h / 2, w / 2)."""
    for corner in range(4):
        i, j = corner // 2, corner % 2
        for row in range(logits.shape[1]):
            for column in range(logits.shape[2]):
                best, highest = 0, logits[corner, row, column]
                for label in range(1, len(logits) // 4):
                    value = logits[4 * label + corner, row, column]
                    if value > highest:
                        best, highest = label, value
                labels[2 * row + i, 2 * column + j] = best
