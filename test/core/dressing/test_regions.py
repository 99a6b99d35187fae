"""Pose regions and the cells drawn from them."""

from collections import Counter

import pytest

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.garments import GARMENT_KINDS
from valet_core.dressing.sim.regions import (
    CLEARANCE,
    ELEVATION_EDGES,
    FLEXION_EDGES,
    REGIONS,
    ROLL_EDGES,
    draw_cells,
    region_of,
)
from valet_core.simulation.person import Person, PersonConfig


def pose(elevation, flexion, roll):
    return PersonConfig(
        shoulder_elevation_deg=elevation, elbow_flexion_deg=flexion, elbow_roll_deg=roll
    )


def test_there_are_27_regions_with_names_of_their_own():
    assert len({region.name for region in REGIONS}) == 27


@pytest.mark.parametrize(
    ('config', 'name'),
    [
        (pose(-60, 10, -30), 'e0f0r0'),
        (pose(-30, 60, 0), 'e1f1r1'),
        (pose(0, 100, 40), 'e2f2r2'),
        (pose(-45, 37, 15), 'e1f1r2'),  # a border belongs to the band above it
        (pose(5, 110, 45), 'e2f2r2'),  # the last border to the last band
    ],
)
def test_the_region_of_a_pose(config, name):
    assert region_of(config).name == name


@pytest.mark.parametrize('config', [pose(-80, 10, 0), pose(0, 120, 0), pose(0, 10, 60)])
def test_a_pose_outside_has_no_region(config):
    assert region_of(config) is None


def test_the_bands_span_what_they_say():
    assert (FLEXION_EDGES[0], FLEXION_EDGES[-1]) == (0.0, 110.0)
    for edges in (ELEVATION_EDGES, FLEXION_EDGES, ROLL_EDGES):
        assert list(edges) == sorted(edges)


@pytest.fixture(scope='module')
def drawn():
    return draw_cells(135, 3, 'train')


def test_135_cells_are_one_of_each_region_and_garment(drawn):
    pairs = Counter((region_of(c.person).name, c.garment.kind) for c in drawn)
    assert len(pairs) == 27 * len(GARMENT_KINDS)
    assert set(pairs.values()) == {1}


def test_both_sides_are_drawn_and_hands_keep_clear_of_the_body(drawn):
    assert {c.person.side for c in drawn} == {'right', 'left'}
    assert min(Person(c.person).hand_clearance() for c in drawn) >= CLEARANCE


def test_the_same_seed_draws_the_same_cells(drawn):
    assert draw_cells(135, 3, 'train') == drawn


def test_fewer_cells_are_the_first_of_more(drawn):
    assert draw_cells(10, 3, 'train') == drawn[:10]


def test_splits_and_seeds_share_no_pose(drawn):
    others = draw_cells(135, 3, 'held_out') + draw_cells(135, 4, 'train')
    assert not {c.person for c in drawn} & {c.person for c in others}


@pytest.mark.parametrize(
    ('count', 'split', 'message'),
    [(0, 'train', 'at least 1, received 0'), (1, 'test', "'test' is not one of: train, held_out")],
)
def test_a_wrong_count_or_split_is_refused(count, split, message):
    with pytest.raises(InvalidInputError, match=message):
        draw_cells(count, 0, split)
