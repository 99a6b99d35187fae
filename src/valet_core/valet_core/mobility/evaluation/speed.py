"""Speed of the planar simulator, beside a plain reference that casts one ray after another."""

import dataclasses
import functools
import time

import numpy as np

from valet_core.common.pool import run_parallel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.interface import SimConfig
from valet_core.mobility.sim.planar_sim import PlanarSim
from valet_core.mobility.sim.scenes import generate

__all__ = ['SpeedReport', 'measure', 'reference_scan', 'steps_per_second']


@dataclasses.dataclass(frozen=True)
class SpeedReport:
    """Environment steps a second: all processes together, one alone, the reference's scans."""

    embodiment: str
    scene: str
    processes: int
    together: float
    alone: float
    reference: float

    @property
    def ratio(self) -> float:
        """One process against the reference."""
        return self.alone / self.reference


def measure(
    embodiment: Embodiment, scene: str = 'barn', seconds: float = 3.0, processes: int = 2
) -> SpeedReport:
    """Measure on generated worlds; compiled before the clock starts."""
    alone = steps_per_second(embodiment, scene, seconds)
    rate = functools.partial(steps_per_second, embodiment, scene)
    together = sum(found for _, found in run_parallel(rate, [seconds] * processes, processes))
    return SpeedReport(
        embodiment.name, scene, processes, together, alone, _reference_rate(embodiment, scene)
    )


def steps_per_second(
    embodiment: Embodiment, scene: str, seconds: float, count: int = 256
) -> float:
    """Environment steps a second of one process: noise on, drives that end begin anew."""
    worlds = [generate(scene, seed, embodiment) for seed in range(16)]
    sim = PlanarSim(embodiment, worlds, count, SimConfig(period=0.05))
    rng = np.random.default_rng(0)
    top = np.array([embodiment.limits.forward, 0.0, 0.3 * embodiment.limits.yaw_rate])
    commands = rng.uniform(-0.2, 1.0, (count, 3)) * top
    sim.reset()
    sim.step(commands)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(10):
            done += int(sim.active.sum())
            _, outcome = sim.step(commands)
            if outcome.done.any():
                sim.reset(outcome.done)
    return done / (time.perf_counter() - began)


def reference_scan(
    pose: np.ndarray, angles: np.ndarray, circles: np.ndarray, segments: np.ndarray, limit: float
) -> np.ndarray:
    """Ranges by the definition: every ray against every obstacle, in numpy, (R,) [m].

    Args:
        pose: (3,) sensor x, y [m], yaw [rad] in the world.
        angles: (R,) of the rays in the sensor frame [rad].
        circles: (K, 3) x, y, radius [m].
        segments: (S, 4) x1, y1, x2, y2 [m].
        limit: longest range [m].
    """
    d = np.stack([np.cos(angles + pose[2]), np.sin(angles + pose[2])], axis=1)
    best = np.full(len(angles), limit)
    if len(circles):
        c = circles[:, :2] - pose[:2]
        squared, radius = (c**2).sum(axis=1), circles[:, 2]
        along = d @ c.T
        inside = radius**2 - (squared - along**2)
        hit = np.where((inside >= 0) & (along > 0), along - np.sqrt(np.maximum(inside, 0)), limit)
        hit[:, squared <= radius**2] = 0.0
        best = np.minimum(best, hit.min(axis=1))
    if len(segments):
        p, e = segments[:, :2] - pose[:2], segments[:, 2:] - segments[:, :2]
        across = np.outer(d[:, 0], e[:, 1]) - np.outer(d[:, 1], e[:, 0])
        with np.errstate(divide='ignore', invalid='ignore'):
            t = (p[:, 0] * e[:, 1] - p[:, 1] * e[:, 0]) / across
            u = (np.outer(d[:, 1], p[:, 0]) - np.outer(d[:, 0], p[:, 1])) / across
        valid = (np.abs(across) > 1e-12) & (t >= 0) & (u >= 0) & (u <= 1)
        best = np.minimum(best, np.where(valid, t, limit).min(axis=1))
    return best


def _reference_rate(embodiment: Embodiment, scene: str) -> float:
    world = generate(scene, 0, embodiment)
    sensor = embodiment.sensor
    angles = sensor.angles - np.radians(sensor.yaw_deg)
    began, count = time.perf_counter(), 20
    for _ in range(count):
        reference_scan(world.starts[0], angles, world.circles, world.segments, sensor.range_max)
    return count / (time.perf_counter() - began)
