"""A robot as capsules along its links."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from valet_core.common.assets import find_config
from valet_core.common.errors import ConfigError, InvalidInputError

__all__ = ['Capsules', 'RobotShape', 'surface_distance']


class Capsules(NamedTuple):
    """Capsules in one frame."""

    start: np.ndarray
    """Centres of the one ends [m]. Shape (k, 3)."""
    end: np.ndarray
    """Centres of the other ends [m]. Shape (k, 3)."""
    radius: np.ndarray
    """[m]. Shape (k,)."""

    @classmethod
    def from_rows(cls, rows: np.ndarray) -> 'Capsules':
        """Take rows of start, end and radius. Shape (k, 7)."""
        rows = np.asarray(rows, dtype=float).reshape(-1, 7)
        return cls(rows[:, :3], rows[:, 3:6], rows[:, 6])

    def moved(self, T: np.ndarray) -> 'Capsules':
        """The same capsules after a rigid motion. Shape of T (4, 4)."""
        R, p = T[:3, :3], T[:3, 3]
        return Capsules(self.start @ R.T + p, self.end @ R.T + p, self.radius)


@dataclass(frozen=True)
class RobotShape:
    """A robot's frames, and the capsules that cover each of its links."""

    base_frame: str
    tool_frame: str
    links: Mapping[str, Capsules]

    @classmethod
    def named(cls, name: str) -> 'RobotShape':
        """That of a robot by its name in config/, or by a path to a YAML file.

        Raises:
            ConfigError: for an unknown name, listing the known ones, or a bad file.
        """
        return cls.load(find_config(name, 'robot_', 'robot'))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], where: str = 'robot') -> 'RobotShape':
        """Read a robot from plain data.

        Raises:
            ConfigError: for a missing or unknown key, or a capsule that is not one.
        """
        allowed = {'base_frame', 'tool_frame', 'links'}
        if not isinstance(mapping, Mapping) or set(mapping) != allowed:
            received = sorted(mapping) if isinstance(mapping, Mapping) else repr(mapping)
            raise ConfigError(f'{where}: expected keys {sorted(allowed)}, received {received}')
        if not isinstance(mapping['links'], Mapping) or not mapping['links']:
            raise ConfigError(f'{where}: links must map a frame to its capsules')
        links = {
            str(name): _capsules(items, f'{where}: {name}')
            for name, items in mapping['links'].items()
        }
        return cls(str(mapping['base_frame']), str(mapping['tool_frame']), links)

    @classmethod
    def load(cls, path: Path) -> 'RobotShape':
        """Read a robot from a YAML file such as config/robot_ur5e.yaml."""
        return cls.from_mapping(yaml.safe_load(Path(path).read_text()), where=str(path))

    def in_base(self, link_transforms: Mapping[str, np.ndarray]) -> Capsules:
        """All capsules in the base frame.

        Args:
            link_transforms: T_base_link of each link that has capsules; the base frame itself
                may be left out. Each of shape (4, 4).

        Raises:
            InvalidInputError: if a link's pose is missing.
        """
        moved = []
        for name, capsules in self.links.items():
            if name == self.base_frame:
                moved.append(capsules)
            elif name in link_transforms:
                moved.append(capsules.moved(link_transforms[name]))
            else:
                there = ', '.join(sorted(link_transforms))
                raise InvalidInputError(f'no pose of link {name!r}; there are: {there}')
        return Capsules(*(np.concatenate(parts) for parts in zip(*moved, strict=True)))


def surface_distance(capsules: Capsules, points: np.ndarray) -> np.ndarray:
    """Distance of each point from the union of the capsules, negative inside [m]. Shape (n,)."""
    rows = [
        np.sqrt(_squared_distance(points, start, end)) - radius
        for start, end, radius in zip(*capsules, strict=True)
    ]
    return np.min(rows, axis=0)


def _squared_distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    start = start.astype(points.dtype)
    axis = (end - start).astype(points.dtype)
    offset = points - start
    length = axis @ axis
    share = np.clip(offset @ axis / length, 0.0, 1.0) if length > 0 else np.zeros(len(points))
    rest = offset - share[:, None].astype(points.dtype) * axis
    return np.einsum('ij,ij->i', rest, rest)


def _capsules(items: Any, where: str) -> Capsules:
    if not isinstance(items, list) or not items:
        raise ConfigError(f'{where}: expected a list of capsules, received {items!r}')
    return Capsules.from_rows(np.stack([_row(item, where) for item in items]))


def _row(item: Any, where: str) -> np.ndarray:
    try:
        row = np.array([*item['start'], *item['end'], item['radius']], dtype=float)
    except (KeyError, TypeError, ValueError) as error:
        message = f'{where}: a capsule has start, end and radius, received {item!r}'
        raise ConfigError(message) from error
    if row.shape != (7,) or not np.isfinite(row).all() or row[6] <= 0:
        raise ConfigError(f'{where}: start and end are 3 numbers, radius > 0, received {item!r}')
    return row
