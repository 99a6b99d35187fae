"""Speed, acceleration and workspace limits of the tool of an arm."""

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.safety.arm import MotionLimits, TwistLimiter

LIMITS = MotionLimits(
    linear_speed=0.2,
    angular_speed=0.5,
    linear_acceleration=1.0,
    angular_acceleration=2.0,
    workspace_low=(-1.0, -1.0, -1.0),
    workspace_high=(1.0, 1.0, 1.0),
    workspace_delay=0.03,
    longest_step=0.05,
)
CENTRE = np.zeros(3)


def ramped(limiter, twist, position=CENTRE, start=0.0, ticks=200):
    """Send the same twist until the acceleration limit no longer matters."""
    for i in range(ticks):
        result = limiter.clamp(start + 0.01 * i, np.array(twist, float), position)
    return result


def test_a_twist_within_the_limits_is_not_changed():
    twist = [0.1, -0.1, 0.05, 0.2, 0.0, -0.3]
    result = ramped(TwistLimiter(LIMITS), twist)
    assert result.command == pytest.approx(twist)
    assert result.clamped == ()


def test_speed_is_scaled_as_a_whole_so_that_the_path_stays():
    # |v| = 0.5 is 2.5 times the limit, |w| = 0.4 is within it: all is divided by 2.5.
    result = ramped(TwistLimiter(LIMITS), [0.3, 0.4, 0.0, 0.0, 0.4, 0.0])
    assert result.command == pytest.approx([0.12, 0.16, 0.0, 0.0, 0.16, 0.0])
    assert result.clamped == ('speed',)


def test_angular_speed_has_its_own_limit():
    result = ramped(TwistLimiter(LIMITS), [0.1, 0.0, 0.0, 0.0, 0.0, 2.0])
    assert result.command == pytest.approx([0.025, 0.0, 0.0, 0.0, 0.0, 0.5])
    assert result.clamped == ('speed',)


def test_the_first_output_after_a_rest_is_zero():
    result = TwistLimiter(LIMITS).clamp(5.0, np.array([0.1, 0, 0, 0, 0, 0]), CENTRE)
    assert not result.command.any()


def test_acceleration_is_limited_by_the_time_since_the_last_output():
    limiter = TwistLimiter(LIMITS)
    limiter.clamp(0.0, np.zeros(6), CENTRE)
    result = limiter.clamp(0.02, np.array([0.2, 0, 0, 0, 0, 0.5]), CENTRE)
    # 1 m/s^2 and 2 rad/s^2 over 20 ms.
    assert result.command == pytest.approx([0.02, 0, 0, 0, 0, 0.04])
    assert result.clamped == ('acceleration',)


def test_deceleration_is_limited_too():
    limiter = TwistLimiter(LIMITS)
    ramped(limiter, [0.2, 0, 0, 0, 0, 0])
    result = limiter.clamp(2.0, np.zeros(6), CENTRE)  # 10 ms after the last
    assert result.command == pytest.approx([0.19, 0, 0, 0, 0, 0])


def test_a_late_output_does_not_make_up_for_lost_time():
    limiter = TwistLimiter(LIMITS)
    limiter.clamp(0.0, np.zeros(6), CENTRE)
    result = limiter.clamp(10.0, np.array([0.2, 0, 0, 0, 0, 0]), CENTRE)
    assert result.command[0] == pytest.approx(0.05)  # longest_step of 50 ms


@pytest.mark.parametrize('axis', [0, 1, 2])
@pytest.mark.parametrize('sign', [-1.0, 1.0])
def test_at_the_boundary_only_the_way_back_is_open(axis, sign):
    position, outward = np.zeros(3), np.zeros(6)
    position[axis], outward[axis] = sign, 0.1 * sign
    limiter = TwistLimiter(LIMITS)
    result = ramped(limiter, outward, position)
    assert not result.command.any()
    assert result.clamped == ('workspace',)
    result = ramped(limiter, -outward, position, start=2.0)
    assert result.command == pytest.approx(-outward)
    assert result.clamped == ()


def test_near_the_boundary_the_tool_slows_so_that_it_can_still_stop():
    # 1 cm to go, 30 ms of delay, braking with half of 1 m/s^2: v * 0.03 + v^2 = 0.01.
    result = ramped(TwistLimiter(LIMITS), [0.15, 0.05, 0, 0, 0, 0], np.array([0.99, 0.0, 0.0]))
    assert result.command == pytest.approx([0.08612, 0.05, 0, 0, 0, 0], abs=1e-5)
    assert result.clamped == ('workspace',)


def test_the_delay_of_the_robot_costs_speed_near_the_boundary():
    limits = MotionLimits(**{**LIMITS.__dict__, 'workspace_delay': 0.1})
    # v * 0.1 + v^2 / (2 * 0.5) = 0.01 has the root v = 0.0618.
    result = ramped(TwistLimiter(limits), [0.2, 0, 0, 0, 0, 0], np.array([0.99, 0.0, 0.0]))
    assert result.command[0] == pytest.approx(0.0618, abs=1e-4)


def test_outside_the_box_the_tool_is_not_pushed_only_kept_from_going_further():
    result = ramped(TwistLimiter(LIMITS), [0.1, 0.1, 0, 0, 0, 0], np.array([1.5, 0.0, 0.0]))
    assert result.command == pytest.approx([0.0, 0.1, 0, 0, 0, 0])


def test_without_a_position_there_is_no_workspace_limit():
    result = ramped(TwistLimiter(LIMITS), [0.1, 0, 0, 0, 0, 0], None)
    assert result.command[0] == pytest.approx(0.1)


def test_a_tool_that_runs_at_a_face_stops_there_within_the_acceleration_limit():
    limiter, position, last = TwistLimiter(LIMITS), np.array([0.9, 0.9, 0.9]), np.zeros(3)
    for i in range(500):
        result = limiter.clamp(0.01 * i, np.array([0.2, 0.2, 0.2, 0, 0, 0]), position)
        velocity = result.command[:3]
        assert np.linalg.norm(velocity - last) <= 1.0 * 0.01 + 1e-9
        position, last = position + 0.01 * velocity, velocity
        assert (position <= 1.0 + 1e-9).all()
    assert position == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)


@pytest.mark.parametrize('huge', [1e308, -1e200, 1e10])
def test_a_huge_twist_is_scaled_without_overflow(huge):
    result = ramped(TwistLimiter(LIMITS), [huge, huge, 0, 0, huge, 0])
    assert np.isfinite(result.command).all()
    assert np.linalg.norm(result.command[:3]) <= 0.2 + 1e-9


def test_the_result_is_a_copy():
    limiter = TwistLimiter(LIMITS)
    ramped(limiter, [0.1, 0, 0, 0, 0, 0]).command[:] = 99.0
    assert limiter.clamp(1.99, np.array([0.1, 0, 0, 0, 0, 0]), CENTRE).command[0] <= 0.1


def test_an_empty_box_is_an_error_that_names_the_axis():
    with pytest.raises(ConfigError, match='workspace_low: y is 1.0 m, not below'):
        MotionLimits(workspace_low=(-1.0, 1.0, -1.0), workspace_high=(1.0, 1.0, 1.0))
