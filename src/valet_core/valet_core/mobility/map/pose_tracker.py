"""Odometry corrected by scans, so that a goal stays where it was when the drive began.

Each scan is laid over earlier ones of the same place: its points on the lines that were fitted to
theirs. What the lines do not say, as along a bare corridor, stays as odometry has it.
"""

# Numba infers the types of compiled loops.
# ruff: noqa: ANN001, ANN202

import math

import numpy as np
from numba import njit

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.scan_filter import smooth_scan

__all__ = ['PoseTracker']

POINTS = 120  # of a scan that are laid over others, at most
KEPT = 300  # scans that are remembered
APART, TURNED = 0.4, 0.4  # m and rad between scans that are worth remembering
NEAR = 1.2  # m within which a remembered scan shows the same place
LEAST = 15  # points that must lie on lines
ITERATIONS = 8
GATES = (0.25, 0.12)  # m from a line at which a point counts, in early and late iterations
LINE = 0.12  # m of a surface on either side that a line is fitted to
CORRELATED = 4.0  # errors of points are not independent: they count for less by this
STEP_ERROR, STEP_TURN_ERROR = (0.003, 0.1), (0.002, 0.1)  # m, rad and their growth with motion
MOST, MOST_TURN = 0.10, 0.08  # m and rad by which one scan may correct


class PoseTracker:
    """Of one drive; begins where odometry has the base.

    Attributes:
        pose: (3,) x, y [m], yaw [rad] in the odometry frame of the beginning; None before it.
    """

    def __init__(self, embodiment: Embodiment) -> None:
        """Remember nothing yet."""
        self._sensor = embodiment.sensor
        self._mount = np.asarray(self._sensor.pose, dtype=np.float64)
        angles = self._sensor.angles
        self._directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        rays = angles - math.radians(self._sensor.yaw_deg)
        self._rays = np.stack([np.cos(rays), np.sin(rays)], axis=1)
        self._error = math.hypot(self._sensor.noise, 0.01)
        self.pose: np.ndarray | None = None
        self._odom: np.ndarray = np.zeros(3)
        self._places: list[np.ndarray] = []  # (3,) of the base
        self._lines: list[np.ndarray] = []  # (R, 5) point, normal, whether there is one

    def update(self, scan: np.ndarray, odom: np.ndarray) -> np.ndarray:
        """The pose (3,) at a scan.

        Args:
            scan: (R,) ranges [m].
            odom: (3,) pose by odometry.
        """
        odom = np.asarray(odom, dtype=np.float64)
        smooth = smooth_scan(scan, self._sensor)
        if self.pose is None:
            self.pose, self._odom = odom.copy(), odom.copy()
            self._remember(smooth)
            return self.pose.copy()
        moved = _relative(self._odom, odom)
        self._odom = odom.copy()
        self.pose = _compose(self.pose, moved)
        self._correct(smooth, moved)
        here = self.pose
        if not any(
            math.hypot(*(place[:2] - here[:2])) < APART
            and abs(math.remainder(place[2] - here[2], 2.0 * math.pi)) < TURNED
            for place in self._places
        ):
            self._remember(smooth)
        return self.pose.copy()

    def from_odom(self, poses: np.ndarray) -> np.ndarray:
        """Points (..., 2) or poses (..., 3) of the present odometry, where `pose` has them."""
        poses = np.array(poses, dtype=np.float64)
        if self.pose is None:
            return poses
        turn = self.pose[2] - self._odom[2]
        c, s = math.cos(turn), math.sin(turn)
        offset = poses[..., :2] - self._odom[:2]
        poses[..., :2] = self.pose[:2] + offset @ np.array([[c, s], [-s, c]])
        poses[..., 2:] += turn
        return poses

    def _correct(self, scan: np.ndarray, moved: np.ndarray) -> None:
        assert self.pose is not None
        chosen = self._choose()
        valid = np.flatnonzero((scan > 0.0) & (scan < self._sensor.range_max))
        if len(valid) > POINTS:
            valid = valid[np.linspace(0, len(valid) - 1, POINTS).astype(np.int64)]
        if not chosen or len(valid) < LEAST:
            return
        points = self._mount[:2] + scan[valid, None].astype(np.float64) * self._directions[valid]
        places = np.array([_compose(self._places[i], self._mount) for i in chosen])
        error = STEP_ERROR[0] + STEP_ERROR[1] * math.hypot(*moved[:2])
        turn_error = STEP_TURN_ERROR[0] + STEP_TURN_ERROR[1] * abs(moved[2])
        weight = 1.0 / (CORRELATED * len(chosen) * self._error**2)
        found = self.pose.copy()
        count = _match(
            points, found, places, np.stack([self._lines[i] for i in chosen]),
            self._sensor.angle_min, self._sensor.increment, 1.0 / error**2, 1.0 / turn_error**2,
            weight,
        )  # fmt: skip
        change = found - self.pose
        if count >= LEAST and math.hypot(*change[:2]) < MOST and abs(change[2]) < MOST_TURN:
            self.pose = found

    def _choose(self) -> list[int]:
        """Remembered scans of this place: the oldest, the nearest and the newest."""
        assert self.pose is not None
        places = np.array(self._places)
        far = np.hypot(*(places[:, :2] - self.pose[:2]).T)
        turned = np.abs((places[:, 2] - self.pose[2] + math.pi) % (2.0 * math.pi) - math.pi)
        view = 0.5 * math.radians(self._sensor.fov_deg)
        near = np.flatnonzero((far < NEAR) & (turned < view))
        if not len(near):
            return []
        nearest = int(near[np.argmin(far[near] + turned[near])])
        return sorted({int(near[0]), nearest, int(near[-1])})

    def _remember(self, scan: np.ndarray) -> None:
        assert self.pose is not None
        lines = np.zeros((len(scan), 5))
        _fit_lines(scan, self._rays, self._sensor.increment, self._sensor.range_max,
                   1.5 * self._sensor.noise + 0.01, lines)  # fmt: skip
        self._places.append(self.pose.copy())
        self._lines.append(lines)
        # The oldest stay: they are where the drive began.
        if len(self._places) > KEPT:
            del self._places[KEPT // 2], self._lines[KEPT // 2]


def _compose(pose: np.ndarray, step: np.ndarray) -> np.ndarray:
    """A pose (3,) moved on by a step (3,) in its own frame."""
    c, s = math.cos(pose[2]), math.sin(pose[2])
    return np.array([
        pose[0] + c * step[0] - s * step[1], pose[1] + s * step[0] + c * step[1],
        pose[2] + step[2],
    ])  # fmt: skip


def _relative(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The step (3,) from one pose (3,) to another, in the frame of the first."""
    c, s = math.cos(before[2]), math.sin(before[2])
    x, y = after[:2] - before[:2]
    turn = math.remainder(after[2] - before[2], 2.0 * math.pi)  # odometry may wrap it
    return np.array([c * x + s * y, c * y - s * x, turn])


@njit(cache=True)
def _fit_lines(scan, rays, increment, limit, rough, out):
    """A line around each range of a scan, in the scanner's frame: point, normal, whether."""
    count = scan.shape[0]
    for i in range(count):
        r = scan[i]
        if not (r > 0.0 and r < limit):
            continue
        width = min(max(int(LINE / (r * increment)), 2), 25)
        n, sx, sy, sxx, sxy, syy = 0, 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(max(i - width, 0), min(i + width + 1, count)):
            d = scan[j]
            if not (d > 0.0 and d < limit) or abs(d - r) > 2.0 * LINE:
                continue
            x, y = d * rays[j, 0], d * rays[j, 1]
            n += 1
            sx, sy = sx + x, sy + y
            sxx, sxy, syy = sxx + x * x, sxy + x * y, syy + y * y
        if n < max(width, 4):
            continue
        mx, my = sx / n, sy / n
        a, b, c = sxx / n - mx * mx, sxy / n - mx * my, syy / n - my * my
        half, root = 0.5 * (a + c), math.sqrt(0.25 * (a - c) ** 2 + b * b)
        small, large = max(half - root, 0.0), half + root
        if small > rough * rough or large < 9.0 * small or large < (0.3 * LINE) ** 2:
            continue
        angle = 0.5 * math.atan2(2.0 * b, a - c)  # of the line
        out[i, 0], out[i, 1] = mx, my
        out[i, 2], out[i, 3], out[i, 4] = -math.sin(angle), math.cos(angle), 1.0


@njit(cache=True)
def _match(points, pose, places, lines, first, increment, info, turn_info, weight):
    """Move a pose (3,) so that points (N, 2) of the base lie on lines seen from places (K, 3).

    Gauss-Newton with the start as a prior; returns how many points lay on lines.
    """
    start = pose.copy()
    rays = lines.shape[1]
    used = 0
    for iteration in range(ITERATIONS):
        gate = GATES[0] if iteration < ITERATIONS // 2 else GATES[1]
        h = np.zeros((3, 3))
        h[0, 0], h[1, 1], h[2, 2] = info, info, turn_info
        g = h @ (pose - start)
        c, s = math.cos(pose[2]), math.sin(pose[2])
        used = 0
        for k in range(places.shape[0]):
            ck, sk = math.cos(places[k, 2]), math.sin(places[k, 2])
            for m in range(points.shape[0]):
                rx = c * points[m, 0] - s * points[m, 1]
                ry = s * points[m, 0] + c * points[m, 1]
                wx, wy = pose[0] + rx - places[k, 0], pose[1] + ry - places[k, 1]
                x, y = ck * wx + sk * wy, ck * wy - sk * wx
                ray = int(math.floor((math.atan2(y, x) - first) / increment + 0.5))
                if ray < 0 or ray >= rays or lines[k, ray, 4] == 0.0:
                    continue
                nx, ny = lines[k, ray, 2], lines[k, ray, 3]
                off = nx * (x - lines[k, ray, 0]) + ny * (y - lines[k, ray, 1])
                if abs(off) > gate:
                    continue
                ux, uy = ck * nx - sk * ny, sk * nx + ck * ny
                turn = uy * rx - ux * ry
                w = weight / max(1.0, abs(off) / (0.3 * gate))
                used += 1
                g[0] += w * off * ux
                g[1] += w * off * uy
                g[2] += w * off * turn
                h[0, 0] += w * ux * ux
                h[0, 1] += w * ux * uy
                h[0, 2] += w * ux * turn
                h[1, 1] += w * uy * uy
                h[1, 2] += w * uy * turn
                h[2, 2] += w * turn * turn
        h[1, 0], h[2, 0], h[2, 1] = h[0, 1], h[0, 2], h[1, 2]
        step = np.linalg.solve(h, g)
        pose -= step
        if abs(step[0]) + abs(step[1]) < 1e-4 and abs(step[2]) < 1e-4 and gate == GATES[1]:
            break
    return used
