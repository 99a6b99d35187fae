"""Force limits of the safety gate: magnitude and each signed axis, by phase."""

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.safety import ForceLimits, ForceRule

LIMITS = ForceLimits(
    phases=('approach', 'pull'),
    magnitude=(20.0, 40.0),
    x_low=(-15.0, -30.0),
    x_high=(15.0, 5.0),
    y_low=(-15.0, -10.0),
    y_high=(15.0, 10.0),
    z_low=(-15.0, -35.0),
    z_high=(15.0, 35.0),
)


def rules(force, phase):
    return [fault.rule for fault in ForceRule(LIMITS).faults(np.array(force), phase)]


def test_a_pull_and_a_push_along_one_axis_have_their_own_limits():
    assert rules([-25.0, 0.0, 0.0], 'pull') == []
    assert rules([25.0, 0.0, 0.0], 'pull') == ['force_axis']


@pytest.mark.parametrize(
    ('force', 'bound'),
    [
        ([-30.5, 0, 0], 'x -30.5 N is outside -30.0..+5.0 N'),
        ([5.5, 0, 0], 'x +5.5 N is outside -30.0..+5.0 N'),
        ([0, -10.5, 0], 'y -10.5 N is outside -10.0..+10.0 N'),
        ([0, 10.5, 0], 'y +10.5 N is outside -10.0..+10.0 N'),
        ([0, 0, -35.5], 'z -35.5 N is outside -35.0..+35.0 N'),
        ([0, 0, 35.5], 'z +35.5 N is outside -35.0..+35.0 N'),
    ],
)
def test_every_bound_of_every_axis_holds(force, bound):
    (fault,) = ForceRule(LIMITS).faults(np.array(force, float), 'pull')
    assert fault.rule == 'force_axis'
    assert bound in fault.reason
    assert "phase 'pull'" in fault.reason


def test_the_bounds_themselves_are_allowed():
    assert rules([5.0, 10.0, -35.0], 'pull') == []


def test_the_magnitude_has_a_limit_where_each_axis_is_within_its_own():
    # |(12, 12, 12)| = 20.8 N
    assert rules([12.0, 12.0, 12.0], 'approach') == ['force_magnitude']
    assert rules([12.0, -12.0, 10.0], 'approach') == []  # 19.7 N


@pytest.mark.parametrize('phase', ['', 'nonsense'])
def test_an_unknown_phase_gets_the_strictest_of_every_column(phase):
    limit = ForceRule(LIMITS).limit(phase)
    assert limit.magnitude == 20.0
    assert limit.low.tolist() == [-15.0, -10.0, -15.0]
    assert limit.high.tolist() == [5.0, 10.0, 15.0]
    assert rules([6.0, 0.0, 0.0], phase) == ['force_axis']


def test_the_default_magnitude_is_35_to_40_newtons():
    limits = ForceLimits()
    assert min(limits.magnitude) == 35.0
    assert max(limits.magnitude) == 40.0


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'x_low': (-1.0,)}, 'x_low: received 1 values for 2 phases'),
        ({'x_low': (1.0, -1.0)}, 'x_low: 1.0 is above the allowed'),
        ({'z_high': (-1.0, 1.0)}, 'z_high: -1.0 is below the allowed'),
        ({'magnitude': (float('nan'), 1.0)}, 'magnitude'),
        ({'phases': ('pull', 'pull')}, 'phases: a name occurs twice'),
        ({'phases': ()}, 'phases: at least one'),
    ],
)
def test_a_table_that_makes_no_sense_is_an_error_that_names_the_column(change, message):
    with pytest.raises(ConfigError, match=message):
        ForceLimits(**{**LIMITS.__dict__, **change})
