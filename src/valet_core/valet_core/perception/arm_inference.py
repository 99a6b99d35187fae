"""The network that labels pixels and finds the arm's joints, run by ONNX Runtime on one core."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from valet_core.common.errors import ConfigError
from valet_core.perception.frame import GRID
from valet_core.perception.labels import Label

__all__ = ['CHANNELS', 'ArmNetwork', 'NetworkOutput', 'pack']

CHANNELS = 7
"""Of each pixel: red, green, blue in 0..1, its point in the base frame [m], 1 if it has one."""


class NetworkOutput(NamedTuple):
    """What the network makes of one frame."""

    logits: np.ndarray
    """Of each label at each pixel. Shape (labels, *GRID), float32."""
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
    shown = np.where(hidden, np.float32(0.0), np.float32(1 / 255))
    np.multiply(rgb, shown[..., None], out=pixels[..., :3])
    counts = seen.astype(np.float32)
    np.multiply(points, counts[..., None], out=pixels[..., 3:6])
    pixels[..., 6] = counts
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
        if shape != [1, *GRID, CHANNELS]:
            raise ConfigError(
                f'model {folder}: takes input {shape}, expected {[1, *GRID, CHANNELS]}'
            )

    def __call__(self, pixels: np.ndarray) -> NetworkOutput:
        """Run on one frame.

        Args:
            pixels: from `pack`. Shape (*GRID, CHANNELS), float32.
        """
        logits, joints, log_error = self._session.run(None, {'pixels': pixels[None]})
        if logits.shape != (1, len(Label), *GRID):
            raise ConfigError(f'model.onnx gives logits {logits.shape}')
        return NetworkOutput(
            logits[0], joints[0].astype(np.float64), np.exp(log_error[0].astype(np.float64))
        )
