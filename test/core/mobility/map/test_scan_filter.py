"""Averaging of scans: noise falls, surfaces and thin objects stay where they are."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.map.scan_filter import smooth_scan

SENSOR = find_embodiment('g1').sensor  # 180 rays, 3 cm of noise


def wall(distance):
    """Ranges of a wall across, `distance` ahead [m]."""
    return np.minimum(distance / np.cos(SENSOR.angles), SENSOR.range_max).astype(np.float32)


def test_noise_on_a_near_wall_falls_and_the_wall_stays():
    true = wall(0.6)
    noisy = true + np.random.default_rng(0).normal(0.0, SENSOR.noise, true.shape)
    middle = slice(60, 120)
    error = (smooth_scan(noisy, SENSOR) - true)[middle]
    assert error.std() < 0.6 * SENSOR.noise
    assert abs(error.mean()) < 0.01


def test_a_thin_pole_in_front_of_a_wall_stays():
    scan = wall(1.0)
    scan[90] = 0.5
    assert smooth_scan(scan, SENSOR)[90] == pytest.approx(0.5)


def test_far_ranges_are_left_alone_as_their_neighbours_are_far_apart():
    scan = np.full(SENSOR.rays, 5.0, np.float32)
    scan[90] = 5.05
    np.testing.assert_array_equal(smooth_scan(scan, SENSOR), scan)


def test_what_is_no_return_stays_and_is_not_averaged_in():
    scan = np.full(SENSOR.rays, 0.5, np.float32)
    scan[89], scan[91] = np.nan, SENSOR.range_max
    smooth = smooth_scan(scan, SENSOR)
    assert np.isnan(smooth[89])
    assert smooth[91] == np.float32(SENSOR.range_max)
    assert smooth[90] == pytest.approx(0.5)


def test_a_scanner_without_noise_is_left_alone():
    exact = dataclasses.replace(SENSOR, noise=0.0)
    np.testing.assert_allclose(smooth_scan(wall(0.6), exact), wall(0.6))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0625, 8.0, width=32), min_size=180, max_size=180))
def test_no_range_moves_by_more_than_noise_explains(ranges):
    scan = np.array(ranges, dtype=np.float32)
    moved = np.abs(smooth_scan(scan, SENSOR) - scan)
    assert moved.max() <= 2.5 * np.sqrt(2.0) * SENSOR.noise + 1e-5
