"""Watchdogs of time: freshness of an input, and the clock."""

import pytest

from valet_core.safety import ClockWatch, Freshness, InputConfig


@pytest.fixture
def watch():
    return Freshness('force', 'wrench', InputConfig(deadline=0.1, max_age=0.3), 0.05)


def test_what_never_arrived_is_named(watch):
    assert watch.fault(1.0) == ('stale_force', 'wrench has not been received')
    assert watch.age(1.0) == float('inf')


def test_an_input_is_fresh_until_its_deadline(watch):
    assert watch.accept(1.0, 1.0)
    assert watch.fault(1.099) is None
    assert watch.fault(1.101).reason == 'wrench last arrived 0.101 s ago, allowed 0.100 s'


def test_messages_that_keep_coming_with_an_old_stamp_do_not_refresh(watch):
    for i in range(60):
        watch.accept(1.0 + 0.01 * i, 1.0)
    # The stamp was 0.3 s old at 1.3; what came later was rejected.
    assert watch.fault(1.39).reason == 'wrench is stamped 0.390 s ago, allowed 0.300 s' + (
        '; last message rejected: stamp 0.590 s old, allowed 0.300 s'
    )


def test_a_stamp_too_old_is_rejected_with_the_reason(watch):
    assert not watch.accept(1.0, 0.6)
    assert 'stamp 0.400 s old, allowed 0.300 s' in watch.fault(1.0).reason


def test_a_stamp_of_zero_is_too_old(watch):
    assert not watch.accept(100.0, 0.0)


def test_a_stamp_from_the_future_is_rejected_beyond_the_tolerance(watch):
    assert watch.accept(1.0, 1.049)
    assert not watch.accept(1.0, 1.2)
    assert 'stamp 0.200 s in the future, allowed 0.050 s' in watch.fault(1.0 + 0.2).reason


def test_a_rejected_message_does_not_undo_an_accepted_one(watch):
    watch.accept(1.0, 1.0)
    watch.accept(1.02, 9.0)
    assert watch.fault(1.05) is None


def test_age_is_that_of_the_older_of_arrival_and_stamp(watch):
    watch.accept(1.0, 0.9)
    assert watch.age(1.1) == pytest.approx(0.2)
    watch.accept(1.2, 1.24)
    assert watch.age(1.21) == pytest.approx(0.01)


def test_forget_means_never_received(watch):
    watch.accept(1.0, 1.0)
    watch.forget()
    assert watch.fault(1.0).reason == 'wrench has not been received'


def ticked(clock, times, start=0.0, period=0.01):
    for i, now in enumerate(times):
        clock.advance(now)
        clock.tick(start + i * period)


def test_a_running_clock_is_fine():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [0.01 * i for i in range(100)])
    assert clock.fault() is None


def test_a_clock_that_stands_is_told_after_the_timeout():
    clock = ClockWatch(0.105, 0.02)
    ticked(clock, [4.99] + [5.0] * 10, start=-0.01)
    assert clock.fault() is None
    ticked(clock, [5.0], start=0.10)
    assert 'the clock has stood at 5.000 s for 0.110 s' in clock.fault().reason


def test_a_clock_that_has_never_moved_has_not_started():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [0.0] * 3)
    assert clock.fault().reason == 'the clock has not started'


def test_a_clock_that_runs_again_is_fine():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [5.0] * 30)
    clock.advance(5.01)
    assert clock.fault() is None


def test_a_pause_of_the_process_itself_is_not_blamed_on_the_clock():
    clock = ClockWatch(0.1, 0.02)
    ticked(clock, [4.99] + [5.0] * 5)
    clock.tick(60.0)
    assert clock.fault() is None


def test_a_jump_back_is_measured():
    clock = ClockWatch(0.1, 0.02)
    assert clock.advance(5.0) is None
    assert clock.advance(5.0) is None
    assert clock.advance(3.5) == ('clock_back', 'time went back by 1.500 s')
    assert clock.advance(3.6) is None
