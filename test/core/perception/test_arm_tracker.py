import numpy as np
import pytest

from valet_core.common.config import from_mapping
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.perception.arm_estimate import ArmSource
from valet_core.perception.arm_tracker import ArmTracker, TrackerConfig

ARM = np.array([[0.0, 0.0, 0.0], [0.3, 0.0, 0.0], [0.55, 0.0, 0.0], [0.73, 0.0, 0.0]])
GOOD = np.full(4, 0.02)
SEEN = np.array([100, 100, 60])
HIDDEN = np.array([100, 0, 0])
FRAME = 1 / 15


def captured_tracker():
    tracker = ArmTracker()
    for i in range(6):
        tracker.update(i * FRAME, ARM, GOOD, SEEN)
    assert tracker.captured
    return tracker


def feed(tracker, frames, joints=ARM, error=GOOD, support=SEEN, start=6):
    for i in range(frames):
        estimate = tracker.update((start + i) * FRAME, joints, error, support)
    return estimate


def test_arm_is_captured_after_frames_that_agree():
    tracker = ArmTracker(TrackerConfig(capture_frames=3))
    seen = []
    for i in range(4):
        tracker.update(i * FRAME, ARM, GOOD, SEEN)
        seen.append(tracker.captured)
    assert seen == [False, False, True, True]


@pytest.mark.parametrize(
    ('error', 'support'),
    [(np.array([0.02, 0.02, 0.09, 0.02]), SEEN), (GOOD, HIDDEN)],
    ids=['one joint uncertain', 'forearm and hand covered'],
)
def test_arm_is_not_captured_unless_all_of_it_is_seen(error, support):
    tracker = ArmTracker()
    feed(tracker, 20, error=error, support=support)
    assert not tracker.captured


def test_first_frame_is_the_first_estimate():
    estimate = ArmTracker().update(0.0, ARM, GOOD, SEEN)
    np.testing.assert_allclose(estimate.joints, ARM)
    # Twice the variance of 2 cm against 6 cm: 1 / (1 + 2 / 9).
    np.testing.assert_allclose(estimate.confidence, 1 / (1 + 2 / 9))


def test_covered_joint_is_held_and_its_confidence_falls():
    tracker = captured_tracker()
    before = feed(tracker, 1, start=6)
    lost = np.array([0.02, 0.02, np.inf, np.inf])
    after = feed(tracker, 150, error=lost, support=HIDDEN, start=7)
    np.testing.assert_allclose(after.joints, ARM)
    assert (after.confidence[2:] < before.confidence[2:] - 0.1).all()
    assert after.confidence[2:].min() > 0.3
    np.testing.assert_allclose(after.confidence[:2], before.confidence[:2], atol=0.02)


def test_confidence_follows_how_much_of_a_joint_is_seen():
    tracker = captured_tracker()
    values = []
    for i, seen in enumerate((1.0, 0.5, 0.0, 1.0)):
        visible = np.array([1.0, 1.0, 1.0, seen])
        values.append(tracker.update((6 + i) * FRAME, ARM, GOOD, SEEN, visible).confidence)
    hand = [v[3] for v in values]
    assert hand[0] > hand[1] > hand[2] > 0.5 and hand[3] > hand[1]
    np.testing.assert_allclose([v[0] for v in values], values[0][0], atol=0.01)


def test_uncertain_frames_hardly_move_a_captured_joint():
    tracker = captured_tracker()
    wrong = ARM + [0.0, 0.05, 0.0]
    estimate = feed(tracker, 5, joints=wrong, error=np.full(4, 0.15))
    assert np.abs(estimate.joints - ARM).max() < 0.01


def test_small_motion_is_followed():
    tracker = captured_tracker()
    for i in range(60):
        moved = ARM + [0.0, 0.0, min(i, 45) * 0.002]  # 3 cm a second, to 9 cm
        estimate = tracker.update((6 + i) * FRAME, moved, GOOD, SEEN)
    np.testing.assert_allclose(estimate.joints, moved, atol=0.02)
    assert estimate.confidence.min() > 0.5


def test_jump_is_not_followed_and_takes_the_confidence():
    tracker = captured_tracker()
    jumped = ARM.copy()
    jumped[3] += [0.0, 0.3, 0.0]
    estimate = feed(tracker, 2, joints=jumped)
    np.testing.assert_allclose(estimate.joints, ARM, atol=1e-3)
    assert estimate.confidence[3] <= 0.2
    assert estimate.confidence[:3].min() > 0.7


def test_new_place_counts_once_frames_agree_on_it():
    tracker = captured_tracker()
    jumped = ARM + [0.0, 0.3, 0.0]
    estimate = feed(tracker, 9, joints=jumped)
    np.testing.assert_allclose(estimate.joints, jumped, atol=0.01)
    assert estimate.confidence.min() > 0.5


def test_scattered_jumps_are_never_followed():
    tracker = captured_tracker()
    rng = np.random.default_rng(0)
    for i in range(30):
        away = ARM + 0.3 * np.sign(rng.standard_normal(3)) * [1, 1, (-1) ** i]
        away[:, 0] += 0.2 * (-1) ** i
        estimate = tracker.update((6 + i) * FRAME, away, GOOD, SEEN)
    np.testing.assert_allclose(estimate.joints, ARM, atol=1e-3)


def test_the_source_says_what_a_pose_comes_from():
    tracker = ArmTracker()
    assert tracker.source is ArmSource.UNKNOWN
    tracker.update(0.0, ARM, GOOD, SEEN)
    assert tracker.source is ArmSource.UNKNOWN  # one frame is no capture
    feed(tracker, 5, start=1)
    assert tracker.source is ArmSource.CAPTURED
    feed(tracker, 1, support=HIDDEN, start=6)
    assert tracker.source is ArmSource.TRACKED
    tracker.hold(7 * FRAME)
    assert tracker.source is ArmSource.HELD
    feed(tracker, 1, error=np.full(4, np.inf), support=np.zeros(3), start=8)
    assert tracker.source is ArmSource.HELD
    feed(tracker, 1, start=9)
    assert tracker.source is ArmSource.CAPTURED


def test_a_jump_that_is_not_followed_is_held():
    tracker = captured_tracker()
    feed(tracker, 1, joints=ARM + [0.0, 0.3, 0.0])
    assert tracker.source is ArmSource.HELD


def test_an_uncaptured_arm_that_is_out_of_sight_is_held():
    tracker = ArmTracker()
    tracker.update(0.0, ARM, GOOD, HIDDEN)
    tracker.hold(FRAME)
    assert tracker.source is ArmSource.HELD and not tracker.captured


def test_hold_without_an_arm_is_none():
    assert ArmTracker().hold(1.0) is None


def test_reset_forgets_the_arm():
    tracker = captured_tracker()
    tracker.reset()
    assert not tracker.captured and tracker.hold(10.0) is None


def test_joint_of_nan_counts_as_not_seen():
    tracker = captured_tracker()
    joints = ARM.copy()
    joints[1] = np.nan
    np.testing.assert_allclose(feed(tracker, 3, joints=joints).joints, ARM)


def test_time_does_not_run_backwards():
    tracker = captured_tracker()
    with pytest.raises(InvalidInputError, match='stamp: 0.0 s is not after the last'):
        tracker.update(0.0, ARM, GOOD, SEEN)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match='capture_frames'):
        from_mapping(TrackerConfig, {'capture_frames': 0})
