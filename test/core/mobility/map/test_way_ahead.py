import numpy as np

from valet_core.mobility.map.way_ahead import ARCS, along_route, way_ahead


def test_way_ahead_goes_straight_down_a_slope():
    rows = np.arange(80, dtype=np.float32)[::-1, None] * 0.1
    across = np.abs(np.arange(21, dtype=np.float32) - 10)[None] * 0.1
    cost = (rows + across).astype(np.float32)
    out = np.zeros((len(ARCS), 2))
    found = way_ahead(cost, np.array([0.0, -1.0]), 0.1, 0.5, 0.0, np.pi / 2, ARCS, out)
    assert found
    # The world's x axis is to the right of a base that looks along y.
    np.testing.assert_allclose(out[:, 1], -ARCS, atol=0.06)
    np.testing.assert_allclose(out[:, 0], 0.0, atol=0.06)


def test_no_way_is_reported():
    cost = np.full((20, 20), np.inf, dtype=np.float32)
    out = np.ones((len(ARCS), 2))
    assert not way_ahead(cost, np.zeros(2), 0.1, 1.0, 1.0, 0.0, ARCS, out)
    assert not out.any()


def test_point_along_a_route_is_measured_from_the_nearest_place():
    route = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 3.0]])
    point = along_route(route, np.array([1.0, 0.5, 0.0]), 2.0)
    np.testing.assert_allclose(point, [2.0, 1.0])
    np.testing.assert_allclose(along_route(route, np.zeros(3), 50.0), [2.0, 3.0])
