"""The 27 pose regions, and cells drawn from their training and held-out halves.

Three bands each of shoulder elevation, elbow flexion and elbow roll. The published regions
have three bands each of shoulder elevation, of the elbow in and out and of the elbow up and
down, over spans of 50, 40 and 50 degrees; ours span 75, 110 and 90 degrees, so each published
pose has a like in ours and the strongly bent elbows are additional.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.cells import MAX_SEED, DressingCell
from valet_core.dressing.sim.garments import GARMENT_KINDS, garment, vary
from valet_core.simulation.person import SIDES, Person, PersonConfig

__all__ = ['REGIONS', 'SPLITS', 'Region', 'draw_cells', 'region_of']

ELEVATION_EDGES = (-70.0, -45.0, -20.0, 5.0)
FLEXION_EDGES = (0.0, 110.0 / 3, 220.0 / 3, 110.0)
ROLL_EDGES = (-45.0, -15.0, 15.0, 45.0)
AZIMUTH_RANGE = (-10.0, 35.0)
STATURE_RANGE = (1.5, 1.9)
SPLITS = ('train', 'held_out')
CLEARANCE = 0.04  # between forearm or hand and the body [m]


class Region(NamedTuple):
    """One of the 27 pose regions: its band of each angle, 0 to 2."""

    elevation: int
    flexion: int
    roll: int

    @property
    def name(self) -> str:
        """For tables: e0f1r2."""
        return f'e{self.elevation}f{self.flexion}r{self.roll}'


REGIONS = tuple(Region(*bands) for bands in itertools.product(range(3), repeat=3))


def region_of(person: PersonConfig) -> Region | None:
    """Region of a pose; None if it is outside of all."""
    bands = []
    for value, edges in (
        (person.shoulder_elevation_deg, ELEVATION_EDGES),
        (person.elbow_flexion_deg, FLEXION_EDGES),
        (person.elbow_roll_deg, ROLL_EDGES),
    ):
        if not edges[0] <= value <= edges[3]:
            return None
        bands.append(min(int(np.searchsorted(edges, value, side='right')) - 1, 2))
    return Region(*bands)


def draw_cells(count: int, seed: int, split: str = 'held_out') -> list[DressingCell]:
    """Cells spread evenly over regions and garments, the poses random in each region.

    The two splits never share a pose: each draws from random streams of its own.

    Args:
        count: number of cells; 135 is one for each region and garment.
        seed: of poses, garments and episodes.
        split: 'train' or 'held_out'.

    Raises:
        InvalidInputError: for an unknown split or a count below 1.
    """
    if split not in SPLITS:
        raise InvalidInputError(f'split {split!r} is not one of: {", ".join(SPLITS)}')
    if count < 1:
        raise InvalidInputError(f'number of cells must be at least 1, received {count}')
    stream = np.random.default_rng([seed, SPLITS.index(split), 27])
    order: Iterator[tuple[Region, str]] = _shuffled_pairs(stream)
    cells = []
    for region, kind in itertools.islice(order, count):
        person = _draw_person(region, stream)
        wear = vary(garment(kind), stream)
        cells.append(DressingCell(person, wear, int(stream.integers(MAX_SEED))))
    return cells


def _shuffled_pairs(rng: np.random.Generator) -> Iterator[tuple[Region, str]]:
    pairs = list(itertools.product(REGIONS, GARMENT_KINDS))
    while True:
        for index in rng.permutation(len(pairs)):
            yield pairs[index]


def _draw_person(region: Region, rng: np.random.Generator) -> PersonConfig:
    """A pose of the region in which forearm and hand keep clear of the body."""
    for _ in range(1000):
        elevation, flexion, roll = (
            float(rng.uniform(edges[band], edges[band + 1]))
            for edges, band in zip(
                (ELEVATION_EDGES, FLEXION_EDGES, ROLL_EDGES), region, strict=True
            )
        )
        config = PersonConfig(
            side=SIDES[int(rng.integers(2))],
            stature_m=float(rng.uniform(*STATURE_RANGE)),
            shoulder_elevation_deg=elevation,
            shoulder_azimuth_deg=float(rng.uniform(*AZIMUTH_RANGE)),
            elbow_flexion_deg=flexion,
            elbow_roll_deg=roll,
        )
        if Person(config).hand_clearance() >= CLEARANCE:
            return config
    raise RuntimeError(f'no pose of region {region.name} keeps clear of the body')
