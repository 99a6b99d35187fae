"""Training frames of perception on disk: folders of plain arrays that are read piece by piece."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.training.perception_augment import IGNORED, Batch
from valet_core.perception.arm_inference import CHANNELS
from valet_core.perception.frame import GRID

__all__ = ['UNSEEN', 'FrameStore', 'write_shard']

UNSEEN = 128
"""Added in the shards to the true label of a pixel without a point."""

_ARRAYS = ('pixels_rgb', 'pixels_points', 'labels', 'joints', 'covered')


def write_shard(folder: Path, frames: list[dict[str, np.ndarray]], about: dict[str, Any]) -> None:
    """Write frames at once; a shard is there only when it is complete.

    Args:
        folder: of this shard, which must not exist.
        frames: 'pixels' (*GRID, CHANNELS), 'labels' (*GRID) uint8, 'joints' (4, 3) and 'covered'.
            Labels are true ones, with `UNSEEN` added where there is no point.
        about: where they come from.
    """
    part = folder.with_suffix('.part')
    part.mkdir(parents=True)
    pixels = np.stack([f['pixels'] for f in frames])
    arrays: dict[str, np.ndarray] = {
        'pixels_rgb': np.round(pixels[..., :3] * 255).astype(np.uint8),
        # Half precision is within 0.5 mm at 1 m.
        'pixels_points': pixels[..., 3:].astype(np.float16),
        'labels': np.stack([f['labels'] for f in frames]).astype(np.uint8),
        'joints': np.stack([f['joints'] for f in frames]).astype(np.float32),
        'covered': np.array([f['covered'] for f in frames], dtype=bool),
    }
    for name, array in arrays.items():
        np.save(part / f'{name}.npy', array)
    (part / 'about.json').write_text(json.dumps(about) + '\n', encoding='utf-8')
    part.rename(folder)


class FrameStore:
    """All complete shards below a folder, as one sequence of frames."""

    def __init__(self, folder: Path) -> None:
        """Open the shards that are there.

        Raises:
            InvalidInputError: if there is none.
        """
        self.folder = folder
        self._shards: dict[str, dict[str, np.ndarray]] = {}
        self.refresh()
        if not self._shards:
            raise InvalidInputError(f'{folder}: holds no training frames')

    def __len__(self) -> int:
        return int(self._starts[-1])

    def refresh(self) -> None:
        """Look for new shards."""
        for path in sorted(self.folder.glob('shard_*')):
            if path.suffix != '.part' and path.name not in self._shards:
                self._shards[path.name] = {
                    name: np.load(path / f'{name}.npy', mmap_mode='r') for name in _ARRAYS
                }
        sizes = [len(shard['joints']) for shard in self._shards.values()]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)

    def load(self, index: np.ndarray) -> Batch:
        """Frames by their indices."""
        pixels = np.empty((len(index), *GRID, CHANNELS), dtype=np.float32)
        pixels[..., :3] = self._take('pixels_rgb', index)
        pixels[..., :3] /= 255
        pixels[..., 3:] = self._take('pixels_points', index)
        regions = torch.from_numpy(self._take('labels', index).astype(np.int64))
        labels = torch.where(regions >= UNSEEN, IGNORED, regions)
        joints = self._take('joints', index).astype(np.float32)
        return Batch(torch.from_numpy(pixels), labels, torch.from_numpy(joints), regions % UNSEEN)

    def covered(self, index: np.ndarray) -> np.ndarray:
        """Whether the garment is on the arm in each frame. Shape (n,), bool."""
        return self._take('covered', index)

    def _take(self, name: str, index: np.ndarray) -> np.ndarray:
        shards = list(self._shards.values())
        owner = np.searchsorted(self._starts, index, side='right') - 1
        rows = [shards[o][name][i - self._starts[o]] for o, i in zip(owner, index, strict=True)]
        return np.stack(rows)
