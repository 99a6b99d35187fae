"""The person: what each angle of the pose means, on both sides."""

import numpy as np
import pytest

from valet_core.common.errors import ConfigError
from valet_core.simulation.person import FOREARM, HAND, UPPER_ARM, Person, PersonConfig

H = 1.7
OUT = {'right': -1.0, 'left': 1.0}  # sign of y


def directions(**pose):
    """Return unit vectors of upper arm and forearm, away from the shoulder."""
    base = {'shoulder_elevation_deg': 0.0, 'elbow_flexion_deg': 0.0}
    shoulder, elbow, wrist, _ = Person(PersonConfig(**{**base, **pose})).arm.joints
    upper, fore = elbow - shoulder, wrist - elbow
    return upper / np.linalg.norm(upper), fore / np.linalg.norm(fore)


@pytest.mark.parametrize('side', ['right', 'left'])
def test_the_shoulder_is_on_its_own_side(side):
    shoulder = Person(PersonConfig(side=side)).arm.joints[0]
    np.testing.assert_allclose(shoulder, [0, OUT[side] * 0.118 * H, 0.595 * H])


@pytest.mark.parametrize('side', ['right', 'left'])
def test_a_level_straight_arm_points_forward(side):
    upper, fore = directions(side=side)
    np.testing.assert_allclose(upper, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(fore, [1, 0, 0], atol=1e-12)


def test_positive_elevation_is_above_the_horizontal():
    upper, _ = directions(shoulder_elevation_deg=30.0)
    np.testing.assert_allclose(upper, [np.sqrt(3) / 2, 0, 0.5], atol=1e-12)
    upper, _ = directions(shoulder_elevation_deg=-30.0)
    assert upper[2] == pytest.approx(-0.5)


@pytest.mark.parametrize('side', ['right', 'left'])
def test_positive_azimuth_is_outward(side):
    upper, _ = directions(side=side, shoulder_azimuth_deg=90.0)
    np.testing.assert_allclose(upper, [0, OUT[side], 0], atol=1e-12)


@pytest.mark.parametrize('side', ['right', 'left'])
def test_the_elbow_bends_upward_at_roll_zero(side):
    upper, fore = directions(side=side, elbow_flexion_deg=90.0)
    np.testing.assert_allclose(upper, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(fore, [0, 0, 1], atol=1e-12)


def test_an_arm_hanging_down_bends_forward_at_roll_zero():
    _, fore = directions(shoulder_elevation_deg=-85.0, elbow_flexion_deg=90.0)
    np.testing.assert_allclose(fore, [np.cos(np.deg2rad(5)), 0, np.sin(np.deg2rad(5))], atol=1e-12)


@pytest.mark.parametrize('side', ['right', 'left'])
def test_positive_roll_bends_the_forearm_outward(side):
    _, fore = directions(side=side, elbow_flexion_deg=90.0, elbow_roll_deg=90.0)
    np.testing.assert_allclose(fore, [0, OUT[side], 0], atol=1e-12)
    _, fore = directions(side=side, elbow_flexion_deg=90.0, elbow_roll_deg=30.0)
    np.testing.assert_allclose(fore, [0, OUT[side] * 0.5, np.sqrt(3) / 2], atol=1e-12)


def test_the_sides_are_mirror_images():
    pose = {
        'shoulder_elevation_deg': -35.0,
        'shoulder_azimuth_deg': 20.0,
        'elbow_flexion_deg': 70.0,
        'elbow_roll_deg': 25.0,
    }
    right = Person(PersonConfig(side='right', **pose)).arm.joints
    left = Person(PersonConfig(side='left', **pose)).arm.joints
    np.testing.assert_allclose(left, right * [1, -1, 1], atol=1e-12)


@pytest.mark.parametrize('flexion', [0.0, 45.0, 110.0])
def test_flexion_is_the_angle_at_the_elbow(flexion):
    arm = Person(PersonConfig(elbow_flexion_deg=flexion, elbow_roll_deg=20.0)).arm
    assert np.rad2deg(arm.elbow_flexion) == pytest.approx(flexion, abs=1e-5)


@pytest.mark.parametrize('stature', [1.5, 1.9])
def test_lengths_are_shares_of_the_stature(stature):
    arm = Person(PersonConfig(stature_m=stature)).arm
    steps = np.diff(arm.cumulative)[::-1]  # upper arm first
    np.testing.assert_allclose(steps, np.array([UPPER_ARM, FOREARM, HAND]) * stature)


def test_the_arm_that_reaches_into_the_body_has_no_clearance():
    inside = PersonConfig(
        shoulder_elevation_deg=-10.0,
        shoulder_azimuth_deg=-20.0,
        elbow_flexion_deg=120.0,
        elbow_roll_deg=-90.0,
    )
    assert Person(inside).hand_clearance() < 0.0
    assert Person(PersonConfig(shoulder_elevation_deg=0.0)).hand_clearance() > 0.1


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'side': 'both'}, "side: 'both' is not one of: right, left"),
        ({'stature_m': 2.5}, 'stature_m: 2.5 is above the allowed 1.5..1.9'),
        ({'elbow_flexion_deg': float('nan')}, 'elbow_flexion_deg: expected a finite number'),
    ],
)
def test_a_person_that_cannot_be_is_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        PersonConfig(**values)
