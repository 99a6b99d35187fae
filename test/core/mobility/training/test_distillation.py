"""Losses of distillation by hand, and the way ahead that its bodies follow."""

import numpy as np
import pytest
import torch

from valet_core.mobility.map.way_ahead import ARCS, along_route, way_ahead
from valet_core.mobility.training.distillation import gaussian_kl, mean_error


def test_kl_of_equal_gaussians_is_zero():
    target = torch.tensor([[0.3, -0.2, 0.9, 0.1, 0.2, 0.3]])
    output = torch.cat([target[:, :3], torch.log(target[:, 3:])], dim=1)
    assert float(gaussian_kl(output, target)) == pytest.approx(0.0, abs=1e-6)


def test_kl_of_shifted_gaussians_by_hand():
    # Spread 0.2 on both sides, means 0.1 apart in one entry: 0.1^2 / (2 * 0.2^2) = 0.125.
    target = torch.tensor([[0.0, 0.0, 0.0, 0.2, 0.2, 0.2]])
    output = torch.tensor([[0.1, 0.0, 0.0, *[float(np.log(0.2))] * 3]])
    assert float(gaussian_kl(output, target)) == pytest.approx(0.125, abs=1e-5)
    assert float(mean_error(output, target)) == pytest.approx(0.01 / 3.0, abs=1e-7)


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
