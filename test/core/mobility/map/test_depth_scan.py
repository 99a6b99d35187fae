"""Scans from depth: ranges by hand, what is not seen, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.sensor import Sensor
from valet_core.mobility.map.depth_scan import scan_from_depth

K = np.array([[160.0, 0.0, 159.5], [0.0, 160.0, 119.5], [0.0, 0.0, 1.0]])
SENSOR = Sensor(fov_deg=180.0, rays=181, range_max=8.0)
AHEAD = np.array([[0, 0, 1, 0.1], [-1, 0, 0, 0], [0, -1, 0, 0.6], [0, 0, 0, 1]], dtype=float)


def scan(depth, sensor=SENSOR, low=0.08, high=1.2, pose=AHEAD):
    return scan_from_depth(depth, K, pose, sensor, low, high)


def wall(distance, dtype=np.uint16):
    value = 1000 * distance if dtype == np.uint16 else distance
    return np.full((240, 320), value, dtype=dtype)


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_a_wall_ahead_is_at_its_distance_along_each_ray(dtype):
    ranges = scan(wall(2.0, dtype))
    for degrees in (-40, -20, 0, 20, 40):
        # the wall is at x = 2.1, the scanner at the base's origin
        expected = 2.1 / np.cos(np.radians(degrees))
        assert ranges[90 + degrees] == pytest.approx(expected, abs=0.02)


def test_rays_beyond_the_camera_are_unknown_and_not_free():
    ranges = scan(wall(2.0))
    assert np.isnan(ranges[:40]).all() and np.isnan(ranges[-40:]).all()


def test_the_floor_and_what_is_above_are_free():
    rows = np.arange(240)
    down = (rows - K[1, 2]) / K[1, 1]
    floor = np.where(down > 0.05, 0.6 / np.maximum(down, 0.05), 0.0)
    depth = np.repeat((1000 * floor).astype(np.uint16)[:, None], 320, axis=1)
    assert scan(depth)[90] == SENSOR.range_max
    high = wall(2.0)
    high[100:] = 0  # only what is more than 0.24 m above the camera, seen at 2 m
    assert scan(high, high=0.7)[90] == SENSOR.range_max
    assert scan(high)[90] == pytest.approx(2.1, abs=0.02)


def test_the_nearest_return_counts():
    depth = wall(4.0)
    depth[110:130, 155:165] = 1500
    assert scan(depth)[90] == pytest.approx(1.6, abs=0.02)


@pytest.mark.parametrize('empty', [np.zeros((240, 320), np.uint16), np.full((240, 320), np.nan)])
def test_an_image_without_returns_shows_nothing(empty):
    assert np.isnan(scan(empty)).all()


@pytest.mark.parametrize(
    'depth', [np.zeros((3, 3, 3), np.uint16), np.zeros((3, 3), np.int32), np.zeros(9)]
)
def test_other_images_are_refused(depth):
    with pytest.raises(InvalidInputError, match='depth: received'):
        scan(depth)


def test_another_matrix_is_refused():
    with pytest.raises(InvalidInputError, match='K: received'):
        scan_from_depth(wall(1.0), np.zeros((3, 3)), AHEAD, SENSOR, 0.1, 1.0)


@settings(max_examples=50, deadline=None)
@given(
    st.floats(0.3, 6.0), st.integers(0, 319), st.integers(80, 160),
    st.sampled_from([90.0, 180.0, 270.0, 360.0]), st.floats(-180.0, 180.0), st.integers(0, 2**31),
)  # fmt: skip
def test_one_return_is_one_range_at_its_angle(distance, column, row, fov, yaw, seed):
    rng = np.random.default_rng(seed)
    sensor = Sensor(fov_deg=fov, rays=int(fov) + 1, range_max=20.0, x=rng.uniform(-0.3, 0.3),
                    yaw_deg=yaw)  # fmt: skip
    depth = np.zeros((240, 320))
    depth[row, column] = distance
    ranges = scan(depth, sensor, low=-20.0, high=20.0)
    x = 0.1 + distance - sensor.x
    y = -distance * (column - K[0, 2]) / K[0, 0]
    turn = np.mod(np.arctan2(y, x) - sensor.angles + np.pi, 2.0 * np.pi) - np.pi
    seen = np.abs(turn).min() <= 0.5 * sensor.increment - 1e-9
    if seen:
        assert ranges[np.abs(turn).argmin()] == pytest.approx(np.hypot(x, y), rel=1e-5)
    assert (~np.isnan(ranges)).sum() <= 1
