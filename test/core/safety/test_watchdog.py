"""Watchdogs of the safety gate: freshness, aliveness, the clock."""

import numpy as np
import pytest

from valet_core.safety import Aliveness, AlivenessConfig, ClockWatch, Freshness, InputConfig


@pytest.fixture
def watch():
    return Freshness('wrench', InputConfig(deadline=0.1, max_age=0.3), 0.05)


def test_what_never_arrived_is_named(watch):
    assert watch.problem(1.0) == 'wrench has not been received'
    assert watch.age(1.0) == float('inf')


def test_an_input_is_fresh_until_its_deadline(watch):
    assert watch.accept(1.0, 1.0)
    assert watch.problem(1.099) == ''
    assert watch.problem(1.101) == 'wrench last arrived 0.101 s ago, allowed 0.100 s'


def test_messages_that_keep_coming_with_an_old_stamp_do_not_refresh(watch):
    for i in range(60):
        watch.accept(1.0 + 0.01 * i, 1.0)
    # The stamp was 0.3 s old at 1.3; what came later was rejected.
    assert watch.problem(1.39) == 'wrench is stamped 0.390 s ago, allowed 0.300 s' + (
        '; last message rejected: stamp 0.590 s old, allowed 0.300 s'
    )


def test_a_stamp_too_old_is_rejected_with_the_reason(watch):
    assert not watch.accept(1.0, 0.6)
    assert 'stamp 0.400 s old, allowed 0.300 s' in watch.problem(1.0)


def test_a_stamp_of_zero_is_too_old(watch):
    assert not watch.accept(100.0, 0.0)


def test_a_stamp_from_the_future_is_rejected_beyond_the_tolerance(watch):
    assert watch.accept(1.0, 1.049)
    assert not watch.accept(1.0, 1.2)
    assert 'stamp 0.200 s in the future, allowed 0.050 s' in watch.problem(1.0 + 0.2)


def test_a_rejected_message_does_not_undo_an_accepted_one(watch):
    watch.accept(1.0, 1.0)
    watch.accept(1.02, 9.0)
    assert watch.problem(1.05) == ''


def test_age_is_that_of_the_older_of_arrival_and_stamp(watch):
    watch.accept(1.0, 0.9)
    assert watch.age(1.1) == pytest.approx(0.2)
    watch.accept(1.2, 1.24)
    assert watch.age(1.21) == pytest.approx(0.01)


def test_forget_means_never_received(watch):
    watch.accept(1.0, 1.0)
    watch.forget()
    assert watch.problem(1.0) == 'wrench has not been received'


CONSTANT = np.array([1.0, 2.0, 3.0, 0.1, 0.2, 0.3])


def fed(samples, period, config=None):
    alive = Aliveness(config or AlivenessConfig(samples=10, duration=0.1, axis_samples=0))
    for i, sample in enumerate(samples):
        alive.update(i * period, np.asarray(sample, float))
    return alive


def test_nine_equal_samples_are_alive_and_ten_are_not():
    assert fed([CONSTANT] * 9, 0.008).problem() == ''
    assert 'not changed in 10 samples' in fed([CONSTANT] * 10, 0.008).problem()


def test_equal_samples_at_a_low_rate_are_told_by_their_duration():
    assert fed([CONSTANT] * 3, 0.04).problem() == ''
    assert 'not changed in 3 samples, 0.100 s' in fed([CONSTANT] * 3, 0.05).problem()


def test_two_samples_a_long_time_apart_prove_nothing():
    assert fed([CONSTANT] * 2, 10.0).problem() == ''


def test_one_bit_of_change_is_life():
    changed = CONSTANT.copy()
    changed[5] = np.nextafter(changed[5], 1.0)
    assert fed([CONSTANT] * 9 + [changed] + [CONSTANT] * 9, 0.008).problem() == ''


def test_a_signal_revives_with_the_first_change():
    alive = fed([CONSTANT] * 20, 0.008)
    assert alive.problem()
    alive.update(1.0, CONSTANT + 1e-6)
    assert alive.problem() == ''


def test_a_single_frozen_force_axis_is_told():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(60, 6))
    samples[:, 1] = 2.5
    config = AlivenessConfig(samples=10, duration=0.1, axis_samples=50)
    assert fed(samples[:49], 0.008, config).problem() == ''
    assert 'tool y has not changed in 50 samples' in fed(samples[:50], 0.008, config).problem()
    off = AlivenessConfig(samples=10, duration=0.1, axis_samples=0)
    assert fed(samples, 0.008, off).problem() == ''


def test_aliveness_can_be_switched_off():
    config = AlivenessConfig(samples=0, duration=0.1, axis_samples=0)
    assert fed([CONSTANT] * 100, 0.008, config).problem() == ''


def ticked(clock, times, start=0.0, period=0.01):
    for i, now in enumerate(times):
        clock.jumped_back(now)
        clock.tick(start + i * period)


def test_a_running_clock_is_fine():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [0.01 * i for i in range(100)])
    assert clock.problem() == ''


def test_a_clock_that_stands_is_told_after_the_timeout():
    clock = ClockWatch(0.105, 0.02)
    ticked(clock, [4.99] + [5.0] * 10, start=-0.01)
    assert clock.problem() == ''
    ticked(clock, [5.0], start=0.10)
    assert 'the clock has stood at 5.000 s for 0.110 s' in clock.problem()


def test_a_clock_that_has_never_moved_has_not_started():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [0.0] * 3)
    assert clock.problem() == 'the clock has not started'


def test_a_clock_that_runs_again_is_fine():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [5.0] * 30)
    clock.jumped_back(5.01)
    assert clock.problem() == ''


def test_a_pause_of_the_process_itself_is_not_blamed_on_the_clock():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [4.99] + [5.0] * 5)
    clock.tick(60.0)
    assert clock.problem() == ''


def test_a_jump_back_is_measured():
    clock = ClockWatch(0.1, 0.02)
    assert clock.jumped_back(5.0) == 0.0
    assert clock.jumped_back(5.0) == 0.0
    assert clock.jumped_back(3.5) == pytest.approx(1.5)
    assert clock.jumped_back(3.6) == 0.0
