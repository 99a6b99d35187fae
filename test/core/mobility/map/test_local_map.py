"""The map of a drive: what it marks, clears, forgets; distances in it."""


import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import EMBODIMENTS

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.local_map import OCCUPIED, LocalMap, MapConfig, distance_field

BODY = Embodiment.load(EMBODIMENTS / 'omni.yaml')


def blank():
    return np.full(BODY.sensor.rays, BODY.sensor.range_max, dtype=np.float32)


def occupied(grid, x, y):
    return grid.evidence[tuple(grid.index(np.array([x, y])))] >= OCCUPIED


def test_a_return_marks_its_cell_and_nothing_else():
    grid, scan = LocalMap(BODY), blank()
    scan[180] = 3.0  # straight ahead
    grid.update(scan, np.zeros(3))
    assert occupied(grid, 3.0, 0.0)
    assert (grid.evidence > 0).sum() == 1


def test_a_return_is_placed_by_the_odometry_pose():
    grid, scan = LocalMap(BODY), blank()
    scan[180] = 2.0
    grid.update(scan, np.array([1.0, -1.0, np.pi / 2]))
    assert occupied(grid, 1.0, 1.0)


def test_rays_that_pass_clear_what_has_gone():
    grid, scan = LocalMap(BODY), blank()
    scan[180] = 3.0
    grid.update(scan, np.zeros(3))
    for _ in range(4):
        grid.update(blank(), np.zeros(3))
    assert not occupied(grid, 3.0, 0.0)


def test_what_is_hidden_stays():
    grid, scan = LocalMap(BODY), blank()
    scan[180] = 3.0
    grid.update(scan, np.zeros(3))
    scan[180] = 1.0
    for _ in range(20):
        grid.update(scan, np.zeros(3))
    assert occupied(grid, 3.0, 0.0)


def test_a_scan_clears_a_cell_once_however_many_rays_cross_it():
    grid, scan = LocalMap(BODY), blank()
    scan[178:183] = 0.5
    grid.update(scan, np.zeros(3))
    cell = tuple(grid.index(np.array([0.5, 0.0])))
    before = grid.evidence[cell]
    grid.update(blank(), np.zeros(3))  # five or more rays cross it
    assert grid.evidence[cell] == before - 1


def test_a_ray_that_grazes_a_wall_clears_none_of_it():
    grid, scan = LocalMap(BODY), blank()
    scan[180] = 2.0
    grid.update(scan, np.zeros(3))
    cell = tuple(grid.index(np.array([2.0, 0.0])))
    before = grid.evidence[cell]
    scan[180], scan[181] = BODY.sensor.range_max, 2.0  # its neighbour ends 3.5 cm beside it
    grid.update(scan, np.zeros(3))
    assert grid.evidence[cell] >= before


@pytest.mark.parametrize('value', [np.nan, np.inf, 0.0, -1.0])
def test_a_ray_without_a_return_marks_nothing(value):
    grid, scan = LocalMap(BODY), blank()
    scan[:] = value
    grid.update(scan, np.zeros(3))
    assert not grid.evidence.any()


def test_map_rolls_with_the_robot_and_keeps_what_it_covers():
    grid = LocalMap(BODY, MapConfig(size=8.0))
    scan = blank()
    scan[180] = 3.0
    grid.update(scan, np.zeros(3))
    grid.update(blank(), np.array([2.5, 2.0, 0.0]))
    assert not np.array_equal(grid.origin, [-4.0, -4.0])
    assert occupied(grid, 3.0, 0.0)
    grid.update(blank(), np.array([60.0, 0.0, 0.0]))
    assert not grid.evidence.any()


def test_given_points_are_never_cleared():
    grid = LocalMap(BODY)
    grid.add_points(np.array([[2.0, 0.0], [900.0, 0.0]]))
    for _ in range(50):
        grid.update(blank(), np.zeros(3))
    assert occupied(grid, 2.0, 0.0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 2.0))
def test_distances_equal_the_nearest_of_all_occupied_cells(seed, reach):
    rng = np.random.default_rng(seed)
    evidence = np.where(rng.random((23, 31)) < 0.03, 12, 0).astype(np.int8)
    cells = np.argwhere(evidence >= OCCUPIED)
    expected = np.full(evidence.shape, reach)
    if len(cells):
        index = np.indices(evidence.shape).reshape(2, -1).T
        gaps = np.linalg.norm(index[:, None] - cells[None], axis=2).min(axis=1) * 0.05
        expected = np.minimum(gaps.reshape(evidence.shape), reach)
    np.testing.assert_allclose(distance_field(evidence, 0.05, reach), expected, atol=1e-5)


def test_extent_holds_all_that_is_marked():
    grid = LocalMap(BODY)
    grid.add_points(np.array([[1.0, -2.0], [3.0, 0.5]]))
    low, high = grid.extent()
    assert low == pytest.approx([1.0, -2.0])
    assert high == pytest.approx([3.0, 0.5])


def test_extent_of_an_empty_map_is_its_origin():
    grid = LocalMap(BODY)
    for corner in grid.extent():
        assert corner == pytest.approx(grid.origin)
