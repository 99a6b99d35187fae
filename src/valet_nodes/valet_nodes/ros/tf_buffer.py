"""The latest transforms from `tf` and `tf_static`, and lookups along their tree."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import TransformStamped

from valet_core.common.errors import StaleInputError
from valet_nodes.ros.conversions import seconds, transform_from_message

__all__ = ['StampedTransform', 'TransformBuffer']

AHEAD = 0.1  # of the clock, beyond which a transform is not of this time [s]


class StampedTransform(NamedTuple):
    """Result of a lookup.

    Attributes:
        matrix: T_target_source, shape (4, 4); maps coordinates of the source to the target.
        stamp: of the oldest moving transform on the way [s]; infinite where all are static.
    """

    matrix: np.ndarray
    stamp: float


@dataclass
class _Edge:
    parent: str
    message: TransformStamped
    stamp: float

    @cached_property
    def matrix(self) -> np.ndarray:
        """T_parent_child; many are never looked at, and some by several lookups."""
        return transform_from_message(self.message.transform)


class TransformBuffer:
    """Keeps the transforms of each child frame for a while, and all that are static."""

    def __init__(
        self, history: float = 1.0, refresh: Callable[[], None] = lambda: None
    ) -> None:
        """Start with no frame.

        Args:
            history: for which moving transforms are kept [s].
            refresh: called before each lookup, to insert what has come meanwhile.
        """
        self._history, self._refresh = history, refresh
        self._edges: dict[str, deque[_Edge]] = {}

    def clear(self) -> None:
        """Forget every moving transform, as after a reset of the clock."""
        self._edges = {c: e for c, e in self._edges.items() if e[-1].stamp == float('inf')}

    def insert(
        self,
        transforms: Iterable[TransformStamped],
        static: bool = False,
        now: float = float('inf'),
    ) -> list[str]:
        """Store transforms; one older than the newest of the same child is dropped.

        Args:
            transforms: as they come.
            static: whether they are of every time.
            now: the present time [s]. One stamped later would outrank all that come until then.

        Returns:
            What was left out as stamped too far ahead, for people.
        """
        ahead = []
        for message in transforms:
            stamp = float('inf') if static else seconds(message.header.stamp)
            child = message.child_frame_id.lstrip('/')
            if not static and stamp - now > AHEAD:
                ahead.append(f'{child!r} by {stamp - now:.3f} s')
                continue
            edges = self._edges.setdefault(child, deque())
            if static or (edges and edges[-1].stamp == float('inf')):
                edges.clear()
            if edges and stamp < edges[-1].stamp:
                continue
            edges.append(_Edge(message.header.frame_id.lstrip('/'), message, stamp))
            while edges[0].stamp < stamp - self._history:
                edges.popleft()
        return ahead

    def lookup(
        self, target: str, source: str, stamp: float | None = None, tolerance: float = 0.1
    ) -> StampedTransform:
        """T_target_source of the newest transforms, or of those nearest to a time.

        Args:
            target: frame to express in.
            source: frame to express.
            stamp: time that it is wanted for [s]; None: whatever is there.
            tolerance: largest difference allowed to that time [s].

        Raises:
            StaleInputError: where the frames are not connected (yet), or a transform is too far
                from the time asked for; with the frames that are known.
            InvalidInputError: for a malformed transform on the way.
        """
        self._refresh()
        up_target, up_source = self._ancestors(target), self._ancestors(source)
        common = next((frame for frame in up_source if frame in up_target), None)
        if common is None:
            known = sorted(self._edges.keys() | {e[-1].parent for e in self._edges.values()})
            raise StaleInputError(
                f'tf: no transform from {source!r} to {target!r}; known frames: '
                f'{", ".join(known) or "none"}'
            )
        T_common_target, oldest_target = self._climb(up_target, common, stamp)
        T_common_source, oldest_source = self._climb(up_source, common, stamp)
        oldest = min(oldest_target, oldest_source)
        if stamp is not None and oldest != float('inf') and abs(stamp - oldest) > tolerance:
            where = 'before' if oldest < stamp else 'after'
            raise StaleInputError(
                f'tf: {source!r} to {target!r} is {abs(stamp - oldest):.3f} s {where} the time '
                f'asked for, allowed {tolerance:.3f} s'
            )
        if common == target:
            return StampedTransform(T_common_source, oldest)
        return StampedTransform(_inverse(T_common_target) @ T_common_source, oldest)

    def _ancestors(self, frame: str) -> list[str]:
        """The frame and those above it, up to the root or to where a cycle closes."""
        found = [frame]
        while (edges := self._edges.get(found[-1])) and edges[-1].parent not in found:
            found.append(edges[-1].parent)
        return found

    def _climb(
        self, frames: list[str], top: str, stamp: float | None
    ) -> tuple[np.ndarray, float]:
        """T_top_first along the frames, and the oldest stamp on the way."""
        matrix, oldest = np.eye(4), float('inf')
        for frame in frames[: frames.index(top)]:
            edges = self._edges[frame]
            edge = edges[-1]
            if stamp is not None and edge.stamp != float('inf'):
                edge = min(edges, key=lambda e: abs(e.stamp - stamp))
            matrix = edge.matrix @ matrix
            oldest = min(oldest, edge.stamp)
        return matrix, oldest


def _inverse(matrix: np.ndarray) -> np.ndarray:
    result = np.eye(4)
    result[:3, :3] = matrix[:3, :3].T
    result[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return result
