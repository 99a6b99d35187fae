"""How much farther off the tool goes for what perception may be off."""

import numpy as np
import pytest

from valet_core.dressing.control.margin import margin_for, widened
from valet_core.dressing.control.path_config import PathConfig
from valet_core.perception.arm_estimate import confidence_of


def margin(*errors):
    """That of joints with these expected errors [m]: twice the largest, 2.5 cm at most."""
    return margin_for(confidence_of(np.array(errors)), 2.0, 0.025)


def test_an_arm_that_is_known_exactly_needs_none():
    assert margin(0.0, 0.0, 0.0, 0.0) == 0.0


@pytest.mark.parametrize('joint', range(4))
def test_the_joint_that_may_be_off_farthest_counts(joint):
    errors = np.full(4, 0.002)
    errors[joint] = 0.01
    assert margin(*errors) == pytest.approx(0.02)


def test_it_goes_up_in_steps_to_the_most():
    found = [margin(e, 0, 0, 0) for e in (0.0005, 0.002, 0.003, 0.0125, 0.1)]
    assert found == pytest.approx([0.005, 0.005, 0.010, 0.025, 0.025])


def test_a_wider_path_passes_hand_and_arm_farther_off():
    path = widened(PathConfig(entry=0.07, clearance=0.09), 0.02)
    assert (path.entry, path.clearance) == pytest.approx((0.09, 0.11))
    assert widened(path, 0.0) is path
