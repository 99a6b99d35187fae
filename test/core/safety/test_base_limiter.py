"""Speed and acceleration limits of a mobile base."""

import numpy as np
import pytest
from core.safety.gate_bench import LIMITS

from valet_core.safety.base import BaseLimiter


def ramped(limiter, velocity, start=0, steps=200, pace=1.0):
    """Send the same velocity at 50 Hz until the acceleration limit no longer matters."""
    for step in range(start, start + steps):
        result = limiter.clamp(0.02 * step, np.array(velocity), pace=pace)
    return result


def test_the_first_output_after_a_rest_is_rest():
    assert not BaseLimiter(LIMITS, 1.0, 0.1).clamp(5.0, np.array([1.0, 0.0, 0.0])).command.any()


def test_speed_is_limited_with_the_curve_kept():
    result = ramped(BaseLimiter(LIMITS, 1.0, 0.1), [4.0, 0.0, 1.0])
    assert result.command == pytest.approx([2.0, 0.0, 0.5])
    assert result.clamped == ('speed',)


def test_backward_is_slower():
    result = ramped(BaseLimiter(LIMITS, 1.0, 0.1), [-3.0, 0.0, 0.0])
    assert result.command == pytest.approx([-1.0, 0.0, 0.0])


def test_acceleration_is_limited_axis_by_axis():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    limiter.clamp(0.0, np.zeros(3))
    result = limiter.clamp(0.05, np.array([1.0, 0.01, 1.0]))
    assert result.command == pytest.approx([0.1, 0.01, 0.2])  # 2 m/s2 and 4 rad/s2 for 50 ms
    assert result.clamped == ('acceleration',)


def test_a_late_output_does_not_make_up_for_lost_time():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    limiter.clamp(0.0, np.zeros(3))
    result = limiter.clamp(10.0, np.array([2.0, 0.0, 0.0]))
    assert result.command[0] == pytest.approx(0.2)  # longest_step of 100 ms


def test_a_pace_is_a_share_of_what_is_asked_for_and_reached_by_the_ramp():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    ramped(limiter, [1.0, 0.0, 0.0])
    result = limiter.clamp(4.0, np.array([1.0, 0.0, 0.0]), pace=0.5)  # 20 ms after the last
    assert result.command[0] == pytest.approx(0.96)
    assert ramped(limiter, [1.0, 0.0, 0.0], 201, pace=0.5).command[0] == pytest.approx(0.5)


def test_an_axis_that_the_base_lacks_stays_zero():
    limits = LIMITS._replace(lateral=0.0, lateral_acceleration=0.0)
    result = ramped(BaseLimiter(limits, 1.0, 0.1), [0.5, 0.4, 0.0])
    assert result.command == pytest.approx([0.5, 0.0, 0.0])
    assert result.clamped == ('speed',)


def test_the_result_is_a_copy():
    limiter = BaseLimiter(LIMITS, 1.0, 0.1)
    ramped(limiter, [0.1, 0.0, 0.0]).command[:] = 99.0
    assert limiter.clamp(3.99, np.array([0.1, 0.0, 0.0])).command[0] <= 0.1
