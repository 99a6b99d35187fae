"""How a base stops before what its scan sees: the zone, the limiter, the gate."""

import math
import time

import numpy as np
import pytest
from core.safety.gate_bench import BODY, BaseBench

from valet_core.geometry.sweep import first_touch, signed_distance
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.gate_limits import base_limits
from valet_core.safety import GateState
from valet_core.safety.base import BaseGateConfig, BaseLimiter
from valet_core.safety.base.stop_zone import StopZone, StopZoneConfig

SQUARE = BODY.outline  # 0.3 m from its middle to each side
ACCELERATION = np.array([2.0, 1.0, 4.0])
STEP = 0.02
STILL = np.zeros(3)


def touch(point, velocity, until=10.0):
    return first_touch(
        SQUARE, np.array([point], dtype=float), np.array(velocity, dtype=float), until, 0.0, 0.06
    )


def test_the_distance_from_an_outline_is_negative_inside():
    assert signed_distance(SQUARE, 0.5, 0.0) == pytest.approx(0.2)
    assert signed_distance(SQUARE, 0.6, 0.7) == pytest.approx(0.5)
    assert signed_distance(SQUARE, 0.25, 0.1) == pytest.approx(-0.05)


@pytest.mark.parametrize(
    ('point', 'velocity', 'after'),
    [
        ((1.3, 0.2), (0.5, 0, 0), 2.0),
        ((1.3, 0.2), (-0.5, 0, 0), 10.0),
        ((1.3, 0.31), (0.5, 0, 0), 10.0),  # passes beside
        ((0.1, -0.8), (0, -0.5, 0), 1.0),
        # A corner, 0.424 m from the middle and at 45 degrees, comes round to straight ahead.
        ((0.42, 0.0), (0, 0, 0.5), math.acos(0.3 / 0.42) / 0.5),
        ((0.43, 0.0), (0, 0, 0.5), 10.0),
        # Round a centre 1 m to the left: the middle gets there by a quarter, the front sooner.
        ((1.0, 1.0), (0.5, 0, 0.5), (math.pi / 2.0 - math.asin(0.3)) / 0.5),
    ],
)
def test_the_first_touch_is_where_the_outline_meets_a_point_on_its_arc(point, velocity, after):
    assert touch(point, velocity) == pytest.approx(after, abs=0.01)


def zone(*points):
    """The zone of the square after a scan with a ray to each point."""
    body = BODY._replace(angles=np.array([math.atan2(y, x) for x, y in points]))
    made = StopZone(StopZoneConfig(), body, ACCELERATION, 10.0)
    made.look(np.array([math.hypot(*point) for point in points]))
    return made


def test_the_share_is_that_with_which_latency_and_braking_fit_into_the_room():
    # 0.1 s at the velocity asked for, 0.1 s of lag at the one that the base has, and 0.25 m of
    # braking from 1 m/s. Of the 0.33 m ahead of the front 0.3 m are left beside the margin.
    ahead, slow = np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.0, 0.0])
    share = zone((0.63, 0.0)).share(ahead, slow)
    assert 0.1 * share + 0.25 * share**2 == pytest.approx(0.3 - 0.1 * 0.5, abs=0.003)
    assert zone((0.79, 0.0)).share(ahead, ahead) == 1.0
    assert zone((0.77, 0.0)).share(ahead, ahead) < 1.0
    assert zone((0.32, 0.0)).share(ahead, STILL) == 0.0


def test_what_the_base_still_does_the_other_way_takes_no_room():
    ahead = np.array([1.0, 0.0, 0.0])
    shares = [zone((0.6, 0.0)).share(ahead, k * ahead) for k in (-1.0, 0.0, 1.0)]
    assert shares[0] == shares[1] > shares[2]


@pytest.mark.parametrize('velocity', [(1.0, 0, 0), (0, 0, 1.0), (0.5, 0, 1.0), (0, 0.5, 0)])
def test_nothing_seen_leaves_all(velocity):
    assert zone((12.0, 0.0)).share(np.array(velocity, dtype=float), STILL) == 1.0


def test_what_touches_the_base_lets_it_leave_and_not_go_on():
    touching = zone((0.27, 0.0))
    assert touching.share(np.array([0.2, 0.0, 0.0]), STILL) == 0.0
    assert touching.share(np.array([-0.2, 0.0, 0.0]), STILL) == 1.0


def test_a_return_from_deep_within_the_outline_is_the_base_itself():
    assert zone((0.2, 0.0)).share(np.array([1.0, 0.0, 0.0]), STILL) == 1.0


def jackal_limiter():
    return BaseLimiter(base_limits(find_embodiment('jackal_real')), 1.0, 0.1)


def scan_of(wall, x=0.0):
    """A scan of points (N, 2) in the world, from the base at x."""
    body = find_embodiment('jackal_real')
    ranges = np.full(body.sensor.rays, body.sensor.range_max)
    offset = wall - [x + body.sensor.x, body.sensor.y]
    index = np.round(
        (np.arctan2(offset[:, 1], offset[:, 0]) - body.sensor.angles[0]) / body.sensor.increment
    ).astype(int)
    there = (index >= 0) & (index < len(ranges))
    np.minimum.at(ranges, index[there], np.hypot(*offset[there].T))
    return ranges


def drive(wall, command, seconds=4.0):
    """Follow the limiter exactly, but for 0.1 s of delay, with scans at 20 Hz."""
    limiter, x, sent, names = jackal_limiter(), 0.0, [np.zeros(3)] * 6, set()
    limiter.clamp(0.0, np.zeros(3))
    for step in range(1, round(seconds / STEP)):
        if step % 3 == 1:
            limiter.look(scan_of(wall, x))
        result = limiter.clamp(step * STEP, np.array(command, dtype=float))
        names |= set(result.clamped)
        sent.append(result.command)
        x += sent[-6][0] * STEP
    return x, sent[-1], names


@pytest.mark.parametrize('speed', [0.3, 1.0, 2.0])
def test_a_base_that_is_told_to_go_on_stops_before_a_wall(speed):
    wall = np.stack([np.full(400, 2.0), np.linspace(-1.0, 1.0, 400)], axis=1)
    x, last, names = drive(wall, (speed, 0.0, 0.0), 20.0)
    room = 2.0 - (x + 0.21)
    assert 0.0 < room < 0.06, room
    assert abs(last[0]) < 0.01 and 'obstacle' in names


def test_a_narrow_gap_does_not_slow_a_base_that_fits():
    # 0.37 m between the walls for a base of 0.33 m, with the noise of the scanner.
    along = np.linspace(-2.0, 8.0, 4000)
    noise = np.random.default_rng(0).normal(0.0, 0.01, 8000).clip(-0.02, 0.02)
    sides = np.repeat([0.185, -0.185], 4000)
    walls = np.stack([np.tile(along, 2), sides + noise], axis=1)
    x, last, names = drive(walls, (1.0, 0.0, 0.0))
    assert last[0] == pytest.approx(1.0)
    assert 'obstacle' not in names


def test_the_gate_says_that_an_obstacle_slows_the_base_and_forgets_it_with_the_rest():
    bench = BaseBench().moving()
    bench.command = np.array([1.0, 0.0, 0.0])
    bench.ranges = np.array([5.0, 0.45, *[5.0] * 6])  # 0.15 m before its front
    bench.send_scan()
    bench.ranges = None
    bench.muted = {'scan'}
    bench.tick(5)
    assert bench.decision.state is GateState.CLAMPING
    assert 'obstacle' in bench.decision.clamped
    assert bench.decision.command[0] < 0.5
    bench.gate.forget()
    bench.muted, bench.command = set(), np.zeros(3)
    assert bench.moving().decision.state is GateState.PASSING


def test_a_scan_that_is_refused_shows_nothing():
    bench = BaseBench().moving()
    bench.gate.scan(bench.now, bench.now - 2.0, np.full(8, 0.31))  # of long ago
    bench.muted = {'scan'}
    bench.tick(2)
    assert 'obstacle' not in bench.decision.clamped


@pytest.mark.parametrize('name', ['jackal_real', 'forklift', 'omni', 'spot'])
def test_a_look_and_a_check_take_little_time(name):
    """Of 0.3 ms at most for each scan, where every ray sees something close by."""
    limits = base_limits(find_embodiment(name))
    made = StopZone(
        BaseGateConfig().obstacles, limits.body, np.array([2.0, 2.0, 4.0]), limits.range_max
    )
    ranges = np.random.default_rng(0).uniform(0.3, 2.0, limits.rays)
    times = []
    for speed in np.linspace(0.0, 1.0, 200):
        begin = time.thread_time()
        made.look(ranges)
        made.share(np.array([speed, 0.0, 0.8]), np.array([speed, 0.0, 0.8]))
        times.append(time.thread_time() - begin)
    assert np.median(times) < 0.3e-3
