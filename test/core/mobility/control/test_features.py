"""Features are in the base frame, mirror with the world and remember what went out of view."""

import numpy as np
import pytest

from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.control.features import (
    FeatureConfig,
    Features,
    feature_size,
    mirror_index,
    outline_ranges,
)
from valet_core.mobility.map.way_ahead import ROUTE_ARCS

CONFIG = FeatureConfig()
AHEAD = np.zeros((1, len(ROUTE_ARCS), 2))
AHEAD[0, :, 0] = ROUTE_ARCS


def compute(features, scan, odom=(0.0, 0.0, 0.0), velocity=(0.0, 0.0, 0.0), way=AHEAD):
    return features.compute(
        np.asarray(scan, dtype=np.float32)[None], np.array([odom], dtype=float),
        np.array([velocity], dtype=float), np.array([[5.0, 0.0, np.nan]]), way, np.zeros((1, 3)),
    )[0]  # fmt: skip


def test_outline_of_a_square_reaches_its_corners_and_sides():
    square = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=float) * 0.5
    ranges = outline_ranges(square, 8, samples=3)
    assert ranges.max() <= np.sqrt(0.5) + 1e-9
    assert ranges.min() >= 0.5
    # The sector from 0 to 45 degrees: its largest sample is at 37.5 degrees.
    assert ranges[4] == pytest.approx(0.5 / np.cos(np.radians(37.5)))


def test_obstacle_ahead_shows_in_the_sectors_ahead_only():
    body = find_embodiment('carter')
    scan = np.full(body.sensor.rays, body.sensor.range_max)
    scan[np.abs(body.sensor.angles) < 0.1] = 1.0
    x = compute(Features(body, 0.1), scan)
    near = x[: CONFIG.sectors]
    assert set(np.flatnonzero(near > 0.01)) <= {30, 31, 32, 33}
    room = 1.0 - outline_ranges(body.polygon, CONFIG.sectors)[32]
    assert near[32] == pytest.approx(np.exp(-room / 0.25), rel=1e-4)
    assert x[CONFIG.sectors + 32] == pytest.approx(room / 4.0, rel=1e-4)


@pytest.mark.parametrize('name', ['jackal', 'g1', 'omni'])
def test_mirror_of_the_features_is_the_features_of_the_mirror(name):
    body = find_embodiment(name)
    rng = np.random.default_rng(1)
    scan = rng.uniform(0.6, 4.0, body.sensor.rays)
    if body.sensor.fov_deg >= 360.0:
        scan[0] = body.sensor.range_max  # its mirror image is not a ray of the scanner
        mirrored = np.concatenate([scan[:1], scan[:0:-1]])
    else:
        mirrored = scan[::-1]
    way = rng.standard_normal(AHEAD.shape)
    velocity, flip = rng.standard_normal(3), np.array([1.0, -1.0, -1.0])
    x = compute(Features(body, 0.1), scan, velocity=velocity, way=way)
    y = compute(Features(body, 0.1), mirrored, velocity=velocity * flip, way=way * (1.0, -1.0))
    index, sign = mirror_index(CONFIG)
    np.testing.assert_allclose(x[index] * sign, y, atol=1e-5)


def test_mirroring_twice_is_no_change():
    index, sign = mirror_index(CONFIG)
    assert np.array_equal(index[index], np.arange(feature_size(CONFIG)))
    assert np.array_equal(sign * sign[index], np.ones(feature_size(CONFIG)))


def test_narrow_scanner_remembers_what_it_passed_until_reset():
    body = find_embodiment('g1')  # sees 180 degrees
    features = Features(body, 0.1)
    empty = np.full(body.sensor.rays, body.sensor.range_max)
    post = empty.copy()
    post[-1] = 0.6  # to the left
    compute(features, post)
    later = compute(features, empty, odom=(0.5, 0.0, 0.0))
    # Now at (-0.45, 0.6): 127 degrees to the left, out of view.
    assert np.argmax(later[: CONFIG.sectors]) == int((127 + 180) / 360 * CONFIG.sectors)
    assert later[: CONFIG.sectors].max() > 0.05
    features.reset()
    assert compute(features, empty, odom=(0.5, 0.0, 0.0))[: CONFIG.sectors].max() < 0.01


def test_descriptor_is_part_of_the_features():
    body = find_embodiment('spot')
    x = compute(Features(body, 0.1), np.full(body.sensor.rays, 2.0))
    assert len(x) == feature_size(CONFIG)
    np.testing.assert_array_equal(x[-24:], body.descriptor())
