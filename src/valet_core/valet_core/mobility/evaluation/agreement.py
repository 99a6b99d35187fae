"""How far the two simulators agree: the same commands, the poses that come of them."""

import dataclasses
import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.interface import SimConfig
from valet_core.mobility.sim.physical.mujoco_sim import MujocoSim
from valet_core.mobility.sim.planar_sim import PlanarSim
from valet_core.mobility.sim.scenes import generate
from valet_core.mobility.sim.world import World

__all__ = ['Agreement', 'drive_agreement', 'open_world', 'profiles', 'scan_agreement']

PERIOD = 0.05  # s


@dataclasses.dataclass(frozen=True)
class Agreement:
    """One profile of commands in both simulators, without noise.

    Attributes:
        embodiment: name.
        profile: name.
        seconds: driven.
        distance: along the planar drive [m].
        position: between the final positions [m].
        heading: between the final headings [rad].
        worst: largest distance between the positions at any time [m].
    """

    embodiment: str
    profile: str
    seconds: float
    distance: float
    position: float
    heading: float
    worst: float


def open_world() -> World:
    """A world of nothing, with a goal out of reach."""
    return World(
        'open', np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((1, 3)), np.array([[1e3, 0, np.nan]])
    )


def profiles(embodiment: Embodiment, seconds: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Commands (T, 3) by name, of half of what the base can do, and a random sequence."""
    limits, count = embodiment.limits, round(seconds / PERIOD)
    forward, side, turn = 0.5 * limits.forward, 0.5 * limits.lateral, 0.5 * limits.yaw_rate
    made = {'straight': (forward, 0.0, 0.0), 'arc': (forward, 0.0, turn)}
    if embodiment.turning_radius == 0.0:
        made['turn'] = (0.0, 0.0, turn)
    if embodiment.holonomic:
        made['sideways'] = (0.0, side, 0.0)
    result = {name: np.tile(command, (count, 1)) for name, command in made.items()}
    rng = np.random.default_rng(seed)
    held = round(1.0 / PERIOD)
    low, high = np.array([0.2, -1.0, -1.0]), np.ones(3)
    draws = rng.uniform(low, high, (math.ceil(count / held), 3))
    scale = np.array([limits.forward, limits.lateral, 0.5 * limits.yaw_rate])
    result['random'] = np.repeat(draws * scale, held, axis=0)[:count]
    return result


def drive_agreement(
    embodiment: Embodiment, seconds: float = 5.0, seed: int = 0
) -> list[Agreement]:
    """Drive each profile in both simulators on open floor."""
    config = SimConfig(period=PERIOD, noise=False, timeout=3600.0)
    found = []
    for name, commands in profiles(embodiment, seconds, seed).items():
        tracks = []
        for kind in (PlanarSim, MujocoSim):
            sim = kind(embodiment, [open_world()], 1, config, seed)
            sim.reset()
            track = [sim.pose[0].copy()]
            for command in commands:
                sim.step(command[None])
                track.append(sim.pose[0].copy())
            tracks.append(np.array(track))
        planar, physical = tracks
        apart = np.linalg.norm(planar[:, :2] - physical[:, :2], axis=1)
        turn = math.remainder(planar[-1, 2] - physical[-1, 2], 2.0 * math.pi)
        length = np.linalg.norm(np.diff(planar[:, :2], axis=0), axis=1).sum()
        found.append(
            Agreement(
                embodiment.name, name, seconds, float(length), float(apart[-1]), abs(turn),
                float(apart.max()),
            )
        )  # fmt: skip
    return found


def scan_agreement(embodiment: Embodiment, scene: str, seed: int = 0) -> dict[str, float]:
    """Both simulators' exact scans from the same place.

    Returns:
        `worst_m` and `median_m` of the difference over rays that both see end, and `share`: of
        all rays, those that only one of them sees end (edges) or that differ by over 5 cm.
    """
    world = generate(scene, seed, embodiment)
    config = SimConfig(period=PERIOD, noise=False)
    planar = PlanarSim(embodiment, [world], 1, config, seed)
    planar.reset(tasks=np.array([0]))
    physical = MujocoSim(embodiment, [world], 1, config, seed)
    physical.reset(tasks=np.array([0]))
    place = physical.pose[0]
    planar.pose[0] = place  # a legged base does not stand exactly where it was put
    planar._sense(np.array([0]))
    one, other = planar._scan[0].astype(float), physical.scan().astype(float)
    limit = embodiment.sensor.range_max
    both = (one < limit) & (other < limit)
    apart = np.abs(one - other)
    odd = ((one < limit) != (other < limit)) | (both & (apart > 0.05))
    close = apart[both & ~odd]
    return {
        'worst_m': float(close.max(initial=0.0)),
        'median_m': float(np.median(close)) if len(close) else 0.0,
        'share': float(odd.mean()),
    }
