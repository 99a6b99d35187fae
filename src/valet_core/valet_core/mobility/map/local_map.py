"""A map of what the scans of a drive have shown, in the odometry frame."""

import dataclasses
import math

import numpy as np
from numba import njit

from valet_core.common.config import check, setting
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.scan_filter import smooth_scan

__all__ = ['LocalMap', 'MapConfig', 'distance_field']

OCCUPIED = 4  # evidence from which a cell counts as occupied
FULL = 12  # most evidence that a cell keeps
HIT = 6  # evidence of one return
FAR = 1e6  # cells


@dataclasses.dataclass(frozen=True)
class MapConfig:
    """Size of the map and reach of its updates."""

    cell: float = setting(0.05, 'side of a cell', 'm', low=0.01, high=0.5)
    size: float = setting(24.0, 'side of the map; it rolls with the robot', 'm', low=4.0, high=100)
    clear_range: float = setting(6.0, 'rays clear cells up to here', 'm', low=0.0, high=50.0)

    def __post_init__(self) -> None:
        check(self)


class LocalMap:
    """Evidence for obstacles on a square grid that rolls with the robot.

    Attributes:
        evidence: (S, S) int8 by x then y; 0 unknown or free, OCCUPIED or more an obstacle.
        origin: (2,) centre of cell (0, 0) in the odometry frame [m].
        cell: side of a cell [m].
    """

    def __init__(self, embodiment: Embodiment, config: MapConfig | None = None) -> None:
        """Create an empty map around the odometry origin."""
        self.config = config or MapConfig()
        self.cell = self.config.cell
        self._sensor = embodiment.sensor
        count = round(self.config.size / self.cell)
        self.evidence = np.zeros((count, count), dtype=np.int8)
        self.origin: np.ndarray = np.full(2, -count // 2 * self.cell)
        self._cosines, self._sines = np.cos(self._sensor.angles), np.sin(self._sensor.angles)
        self._scans = 0
        self._met = np.zeros((count, count), dtype=np.int32)

    def update(self, scan: np.ndarray, odom: np.ndarray) -> None:
        """Add one scan (R,) [m] taken at odometry pose (3,)."""
        self._roll(odom)
        self._scans += 1
        update_evidence(
            self.evidence, self._met, self._scans, self.origin, self.cell,
            smooth_scan(scan, self._sensor),
            self._cosines, self._sines, self._sensor.pose, np.asarray(odom, dtype=np.float64),
            self._sensor.range_max, self.config.clear_range,
        )  # fmt: skip

    def add_points(self, points: np.ndarray) -> None:
        """Mark points (N, 2) [m] as obstacles for good, for a map that is known."""
        cells = np.rint((points - self.origin) / self.cell).astype(int)
        cells = cells[((cells >= 0) & (cells < len(self.evidence))).all(axis=1)]
        self.evidence[cells[:, 0], cells[:, 1]] = np.iinfo(np.int8).max

    def index(self, points: np.ndarray) -> np.ndarray:
        """Cells of points (..., 2) [m], int64, not clipped."""
        return np.rint((np.asarray(points)[..., :2] - self.origin) / self.cell).astype(np.int64)

    def window(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The part of the map that covers a box.

        Args:
            low: (2,) smallest x, y [m].
            high: (2,) largest x, y [m].

        Returns:
            View of the evidence (X, Y) and the position (2,) of its first cell [m].
        """
        top = len(self.evidence)
        a = np.clip(self.index(low), 0, top - 1)
        b = np.clip(self.index(high) + 1, a + 1, top)
        return self.evidence[a[0] : b[0], a[1] : b[1]], self.origin + a * self.cell

    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest x, y (2,) of what is marked [m]; the origin if nothing is."""
        rows, columns = (np.flatnonzero(self.evidence.any(axis=a)) for a in (1, 0))
        if not len(rows):
            return self.origin.copy(), self.origin.copy()
        return (self.origin + self.cell * np.array([rows[0], columns[0]]),
                self.origin + self.cell * np.array([rows[-1], columns[-1]]))  # fmt: skip

    def _roll(self, odom: np.ndarray) -> None:
        half = len(self.evidence) // 2
        offset = self.index(np.asarray(odom)) - half
        if np.abs(offset).max() < half // 2:
            return
        fresh = np.zeros_like(self.evidence)
        source = [slice(max(o, 0), len(fresh) + min(o, 0)) for o in offset]
        target = [slice(max(-o, 0), len(fresh) - max(o, 0)) for o in offset]
        fresh[tuple(target)] = self.evidence[tuple(source)]
        self.evidence = fresh
        self.origin = self.origin + offset * self.cell


@njit(cache=True)
def update_evidence(
    evidence: np.ndarray,
    met: np.ndarray,
    number: int,
    origin: np.ndarray,
    cell: float,
    scan: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    mount: np.ndarray,
    odom: np.ndarray,
    limit: float,
    clear_range: float,
) -> None:
    """Clear the cells that rays crossed, then mark those where they ended.

    A ray that grazes a wall crosses the cells where its neighbours end, and near the scanner many
    rays cross a cell: what is next to an end of this scan is not cleared, and no cell twice (the
    scan's `number` in `met` says so), or walls seen at a slant would come and go.
    """
    c, s = math.cos(odom[2]), math.sin(odom[2])
    x0 = (odom[0] + c * mount[0] - s * mount[1] - origin[0]) / cell + 0.5
    y0 = (odom[1] + s * mount[0] + c * mount[1] - origin[1]) / cell + 0.5
    size = evidence.shape[0]
    ends = np.full((scan.shape[0], 2), -1, dtype=np.int64)
    for k in range(scan.shape[0]):
        distance = scan[k]
        if not (distance > 0.0 and distance < limit):
            continue
        dx, dy = c * cosines[k] - s * sines[k], s * cosines[k] + c * sines[k]
        i, j = int(x0 + dx * distance / cell), int(y0 + dy * distance / cell)
        ends[k, 0], ends[k, 1] = i, j
        for a in range(max(i - 1, 0), min(i + 2, size)):
            for b in range(max(j - 1, 0), min(j + 2, size)):
                met[a, b] = number
    for k in range(scan.shape[0]):
        distance = scan[k]
        if not distance > 0.0:
            continue
        dx, dy = c * cosines[k] - s * sines[k], s * cosines[k] + c * sines[k]
        # Stop short of the end: the cells there hold what the ray met.
        steps = int((min(distance, clear_range) - 2.0 * cell) / cell)
        x, y = x0, y0
        for _ in range(steps):
            x += dx
            y += dy
            i, j = int(x), int(y)
            if i < 0 or j < 0 or i >= size or j >= size:
                break
            if evidence[i, j] > 0 and evidence[i, j] < 127 and met[i, j] != number:
                evidence[i, j] -= 1
                met[i, j] = number
    for k in range(scan.shape[0]):
        i, j = ends[k]
        if 0 <= i < size and 0 <= j < size and evidence[i, j] < 127:
            evidence[i, j] = min(evidence[i, j] + HIT, FULL)


@njit(cache=True)
def distance_field(evidence: np.ndarray, cell: float, reach: float) -> np.ndarray:
    """Distance of every cell to the nearest occupied one, up to `reach` [m], (X, Y) float32."""
    rows, columns = evidence.shape
    most = int(reach / cell) + 1
    along = np.empty((rows, columns), dtype=np.int32)
    for i in range(rows):
        count = most
        for j in range(columns):
            count = 0 if evidence[i, j] >= OCCUPIED else min(count + 1, most)
            along[i, j] = count
        count = most
        for j in range(columns - 1, -1, -1):
            count = 0 if evidence[i, j] >= OCCUPIED else min(count + 1, most)
            along[i, j] = min(along[i, j], count)
    result = np.full((rows, columns), most * most, dtype=np.int32)
    for i in range(rows):
        for j in range(columns):
            here = along[i, j]
            if here >= most:
                continue
            square = here * here
            if square < result[i, j]:
                result[i, j] = square
            # Hand the row's distance to the rows above and below while it still matters.
            for a in range(i + 1, min(i + most, rows)):
                value = square + (a - i) * (a - i)
                if along[a, j] * along[a, j] <= (a - i) * (a - i):
                    break
                if value < result[a, j]:
                    result[a, j] = value
            for a in range(i - 1, max(i - most, -1), -1):
                value = square + (a - i) * (a - i)
                if along[a, j] * along[a, j] <= (a - i) * (a - i):
                    break
                if value < result[a, j]:
                    result[a, j] = value
    out = np.empty((rows, columns), dtype=np.float32)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = min(math.sqrt(result[i, j]) * cell, reach)
    return out
