"""Compiled loops of the planar simulator over its robots."""

import math

import numpy as np
from numba import njit

from valet_core.geometry.outlines import contact
from valet_core.geometry.rays import scan
from valet_core.mobility.body.drive_model import advance, integrate
from valet_core.mobility.sim.people import walk

__all__ = ['move_all', 'scan_all', 'touch_all']

CLOCK_DISTANCE = 0.1  # m moved before a drive's clock starts (BARN's rule)


@njit(cache=True)
def move_all(
    active: np.ndarray,
    parameters: np.ndarray,
    polygon: np.ndarray,
    reach: float,
    commands: np.ndarray,
    delay: float,
    period: float,
    substeps: int,
    pose: np.ndarray,
    base: np.ndarray,
    gain: np.ndarray,
    sway: np.ndarray,
    steer: np.ndarray,
    velocity: np.ndarray,
    start: np.ndarray,
    time: np.ndarray,
    moved_at: np.ndarray,
    collided: np.ndarray,
    goal: np.ndarray,
    tolerance: float,
    arrived: np.ndarray,
    world: np.ndarray,
    circles: np.ndarray,
    circle_start: np.ndarray,
    segments: np.ndarray,
    segment_start: np.ndarray,
    ends: np.ndarray,
    phase: np.ndarray,
    speed: np.ndarray,
    people: np.ndarray,
    odom: np.ndarray,
    scale: np.ndarray,
    odom_noise: np.ndarray,
) -> None:
    """One command period of every active robot; see PlanarSim for the arrays."""
    dt = period / substeps
    for i in range(active.shape[0]):
        if not active[i]:
            continue
        w = world[i]
        near = circles[circle_start[w] : circle_start[w + 1]]
        near = _nearby(near, pose[i], reach + 2.0 * period * (parameters[0] + parameters[2] + 1))
        walls = segments[segment_start[w] : segment_start[w + 1]]
        for k in range(substeps):
            # The command in force is the newest one older than the delay.
            back = int(math.ceil((delay - k * dt) / period - 1e-9))
            back = min(max(back, 0), commands.shape[1] - 1)
            steer[i] = advance(parameters, base[i], steer[i], commands[i, back], dt)
            moving = abs(base[i, 0]) + abs(base[i, 1]) + abs(base[i, 2]) > 1e-3
            for a in range(3):
                velocity[i, a] = base[i, a] * gain[i, a] + (sway[i, a] if moving else 0.0)
            velocity[i, 0] = min(max(velocity[i, 0], -parameters[1]), parameters[0])
            integrate(pose[i], velocity[i, 0], velocity[i, 1], velocity[i, 2], dt)
            integrate(
                odom[i], velocity[i, 0] * scale[i, 0], velocity[i, 1] * scale[i, 1],
                velocity[i, 2] * scale[i, 2], dt,
            )  # fmt: skip
            time[i] += dt
            x, y, yaw = pose[i, 0], pose[i, 1], pose[i, 2]
            moved = math.hypot(x - start[i, 0], y - start[i, 1])
            if np.isnan(moved_at[i]) and moved > CLOCK_DISTANCE:
                moved_at[i] = time[i]
            if ends.shape[1] > 0:
                walk(ends[i], phase[i], speed[i], x, y, reach, dt, people[i])
            if contact(polygon, reach, x, y, yaw, near, walls) or contact(
                polygon, reach, x, y, yaw, people[i], walls[:0]
            ):
                collided[i] = True
                break
            if math.hypot(x - goal[i, 0], y - goal[i, 1]) <= tolerance:
                arrived[i] = True
                break
        for a in range(3):
            odom[i, a] += odom_noise[i, a]


@njit(cache=True)
def _nearby(circles: np.ndarray, pose: np.ndarray, reach: float) -> np.ndarray:
    count = 0
    chosen = np.empty((circles.shape[0], 3))
    for k in range(circles.shape[0]):
        dx, dy = circles[k, 0] - pose[0], circles[k, 1] - pose[1]
        limit = reach + circles[k, 2]
        if dx * dx + dy * dy < limit * limit:
            chosen[count] = circles[k]
            count += 1
    return chosen[:count]


@njit(cache=True)
def scan_all(
    index: np.ndarray,
    ranges: np.ndarray,
    cosines: np.ndarray,
    sines: np.ndarray,
    start: float,
    step: float,
    mount: np.ndarray,
    limit: float,
    pose: np.ndarray,
    world: np.ndarray,
    circles: np.ndarray,
    circle_start: np.ndarray,
    segments: np.ndarray,
    segment_start: np.ndarray,
    people: np.ndarray,
    noise: np.ndarray,
    offsets: np.ndarray,
) -> None:
    """Scans of the robots in `index`, into rows of ranges (N, R) float32.

    `noise` is a table of errors [m]; each scan reads it from its entry of `offsets`.
    """
    row = np.empty(ranges.shape[1])
    moving = np.empty(ranges.shape[1])
    for n in range(index.shape[0]):
        i = index[n]
        w = world[i]
        c, s = math.cos(pose[i, 2]), math.sin(pose[i, 2])
        sensor = np.array(
            [
                pose[i, 0] + c * mount[0] - s * mount[1],
                pose[i, 1] + s * mount[0] + c * mount[1],
                pose[i, 2] + mount[2],
            ]
        )
        scan(
            row, cosines, sines, start, step, sensor, limit,
            circles[circle_start[w] : circle_start[w + 1]],
            segments[segment_start[w] : segment_start[w + 1]],
        )  # fmt: skip
        if people.shape[1] > 0:
            scan(moving, cosines, sines, start, step, sensor, limit, people[i], segments[:0])
            for k in range(row.shape[0]):
                row[k] = min(row[k], moving[k])
        for k in range(row.shape[0]):
            value = row[k]
            if value < limit:
                value = min(max(value + noise[offsets[n] + k], 0.0), limit)
            ranges[i, k] = value


@njit(cache=True)
def touch_all(
    polygon: np.ndarray,
    reach: float,
    poses: np.ndarray,
    world: np.ndarray,
    circles: np.ndarray,
    circle_start: np.ndarray,
    segments: np.ndarray,
    segment_start: np.ndarray,
) -> np.ndarray:
    """Whether a body at each pose (M, 3) touches its world, (M,) bool."""
    result = np.zeros(poses.shape[0], dtype=np.bool_)
    for i in range(poses.shape[0]):
        w = world[i]
        result[i] = contact(
            polygon, reach, poses[i, 0], poses[i, 1], poses[i, 2],
            circles[circle_start[w] : circle_start[w + 1]],
            segments[segment_start[w] : segment_start[w + 1]],
        )  # fmt: skip
    return result
