"""Cost to go: against hand-computed ways and an independent search."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import EMBODIMENTS

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.map.local_map import LocalMap
from valet_core.mobility.map.wavefront import (
    Pricing,
    cost_field,
    nearest_field,
    sample,
    spread,
    trace,
    way_from,
)

BODY = Embodiment.load(EMBODIMENTS / 'jackal.yaml')


def wall_map(x, low, high):
    grid = LocalMap(BODY)
    y = np.arange(low, high, 0.04)
    grid.add_points(np.stack([np.full_like(y, x), y], axis=1))
    return grid


def test_free_way_costs_its_length():
    field = cost_field(LocalMap(BODY), np.zeros(2), np.array([3.0, 0.0]), Pricing(half_width=0.2))
    start = np.rint(-field.origin / field.cell).astype(int)
    assert field.cost[tuple(start)] == pytest.approx(3.0, abs=0.11)


def test_way_goes_around_a_wall_with_room_to_spare():
    grid = wall_map(2.0, -1.0, 4.0)
    field = cost_field(grid, np.zeros(2), np.array([4.0, 0.0]), Pricing(half_width=0.165))
    way = trace(field, np.zeros(2))
    beside = way[np.abs(way[:, 0] - 2.0) < 0.1]
    assert (beside[:, 1] < -1.0 - 0.165).all()
    assert way[-1] == pytest.approx([4.0, 0.0], abs=0.11)


def test_opening_narrower_than_the_body_is_no_way():
    grid = wall_map(2.0, -9.0, -0.1)
    y = np.arange(0.1, 9.0, 0.04)
    grid.add_points(np.stack([np.full_like(y, 2.0), y], axis=1))
    field = cost_field(grid, np.zeros(2), np.array([4.0, 0.0]), Pricing(half_width=0.25))
    start = np.rint(-field.origin / field.cell).astype(int)
    assert np.isinf(field.cost[tuple(start)])


def test_goal_beyond_the_map_is_moved_to_its_edge():
    field = cost_field(LocalMap(BODY), np.zeros(2), np.array([90.0, 0]), Pricing(half_width=0.2))
    assert np.isfinite(field.cost).any()


def test_trace_is_cut_at_a_length():
    field = cost_field(LocalMap(BODY), np.zeros(2), np.array([5.0, 0.0]), Pricing(half_width=0.2))
    assert len(trace(field, np.zeros(2), 1.0)) <= 12


def test_sample_is_bilinear_and_skips_blocked_cells():
    field = np.array([[0.0, 1.0], [2.0, 3.0]], dtype=np.float32)
    assert sample(field, 0.25, 0.5) == pytest.approx(1.0, abs=1e-3)
    field[1, 1] = np.inf
    assert sample(field, 0.5, 0.5) == pytest.approx(1.0, abs=1e-3)
    assert np.isinf(sample(field, 5.0, 0.5))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_equals_a_search_with_a_heap(seed):
    rng = np.random.default_rng(seed)
    price = rng.uniform(1.0, 25.0, (15, 18)).astype(np.float32)
    price[rng.random(price.shape) < 0.2] = np.inf
    source = rng.integers(0, price.shape)
    expected = np.full(price.shape, np.inf)
    expected[tuple(source)] = 0.0
    heap = [(0.0, *map(int, source))]
    while heap:
        here, i, j = heapq.heappop(heap)
        if here > expected[i, j]:
            continue
        for a in range(max(i - 1, 0), min(i + 2, price.shape[0])):
            for b in range(max(j - 1, 0), min(j + 2, price.shape[1])):
                if (a, b) == (i, j) or np.isinf(price[a, b]):
                    continue
                step = 0.1 * price[a, b] * np.hypot(a - i, b - j)
                if here + step < expected[a, b]:
                    expected[a, b] = here + step
                    heapq.heappush(heap, (here + step, a, b))
    np.testing.assert_allclose(spread(price, source, 0.1), expected, rtol=1e-4)


def closed_box(x, y, half):
    """A map with a closed box around x, y."""
    grid, along = LocalMap(BODY), np.arange(-half, half + 0.01, 0.04)
    for sign in (-half, half):
        side = np.full_like(along, sign)
        grid.add_points(np.stack([x + side, y + along], axis=1))
        grid.add_points(np.stack([x + along, y + side], axis=1))
    return grid


def test_way_to_a_closed_goal_leads_to_the_nearest_place_outside():
    robot, goal = np.zeros(2), np.array([4.0, 0.0])
    field = cost_field(closed_box(4.0, 0.0, 0.5), robot, goal, Pricing(half_width=0.2))
    assert not np.isfinite(way_from(field, robot))
    nearest = nearest_field(field, robot, goal)
    end = trace(nearest, robot)[-1]
    assert np.isfinite(way_from(nearest, robot))
    # Half a body from the side of the box, and nowhere nearer to the goal.
    assert 0.6 < np.hypot(*(end - goal)) < 0.95


def test_a_robot_that_is_nearest_already_keeps_the_field():
    goal = np.array([4.0, 0.0])
    robot = np.array([3.2, 0.0])
    field = cost_field(closed_box(4.0, 0.0, 0.5), robot, goal, Pricing(half_width=0.2))
    assert nearest_field(field, robot, goal) is field


def test_a_wide_plan_ends_where_the_known_ends():
    grid = closed_box(2.0, 0.0, 0.5)
    wide = Pricing(half_width=0.2, window=11.0)
    field = cost_field(grid, np.zeros(2), np.array([4.0, 0.0]), wide)
    assert max(field.cost.shape) * field.cell < 8.0
    narrow = cost_field(grid, np.zeros(2), np.array([4.0, 0.0]), Pricing(half_width=0.2))
    assert way_from(field, np.zeros(2)) == pytest.approx(way_from(narrow, np.zeros(2)), abs=1e-3)
