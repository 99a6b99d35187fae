"""Stalls: noticed when they are one, counted, and with time to recover from."""

import math

import numpy as np
import pytest

from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.following.stall_watch import StallWatch

CONFIG = DriveConfig(
    stuck_time=2.0, stuck_distance=0.15, progress_time=5.0, retreat_distance=0.6
)


def first_stall(watch, place, start=0.0, seconds=20.0):
    """Time [s] and kind of the first stall of a base that is at `place(time)`, 5 m to go."""
    for time in np.arange(start, start + seconds, 0.1):
        stall = watch.update(time, np.array(place(time)), 5.0)
        if stall is not None:
            return float(time), stall
    return None, None


def test_standing_still_is_noticed():
    time, stall = first_stall(StallWatch(CONFIG), lambda t: (0.0, 0.0))
    assert time == pytest.approx(2.0, abs=0.11)
    assert stall.number == 1
    assert stall.reason.startswith('moved 0.00 m in 2.')


def test_coming_no_closer_is_noticed():
    time, stall = first_stall(StallWatch(CONFIG), lambda t: (math.cos(t), math.sin(t)))
    assert time == pytest.approx(5.0, abs=0.11)
    assert stall.reason == 'came no closer in 5 s'


def test_coming_closer_is_no_stall():
    watch = StallWatch(CONFIG)
    for time in np.arange(0.0, 20.0, 0.1):
        assert watch.update(time, np.array([0.1 * time, 0.0]), 5.0 - 0.1 * time) is None
    assert watch.count == 0


def test_patience_begins_anew_once_it_has_gone_back():
    watch = StallWatch(CONFIG)
    begun, _ = first_stall(watch, lambda t: (1.0, 0.0))
    assert watch.recovering
    again, stall = first_stall(watch, lambda t: (0.3, 0.0), begun + 1.0)  # 0.7 m back
    assert again == pytest.approx(begun + 1.0 + 2.0, abs=0.11)
    assert stall.number == watch.count == 2


def test_patience_begins_anew_after_the_time_that_going_back_takes():
    watch = StallWatch(CONFIG)
    begun, _ = first_stall(watch, lambda t: (1.0, 0.0))
    again, _ = first_stall(watch, lambda t: (1.0, 0.0), begun)
    assert again == pytest.approx(begun + 0.6 / 0.3 + 3.0 + 2.0, abs=0.25)
