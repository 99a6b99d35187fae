"""The arm's pose over time: captured while it is seen, followed and held after."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.perception.arm_estimate import (
    HALF_ERROR,
    ArmEstimate,
    ArmSource,
    confidence_of,
)

__all__ = ['ArmTracker', 'TrackerConfig']


@dataclass(frozen=True)
class TrackerConfig:
    """How far one frame is trusted against the frames before it."""

    capture_error: float = setting(
        0.05, 'largest expected error of a joint that is captured', 'm', 0.005, 0.5
    )
    capture_points: int = setting(
        25, 'points on each of upper arm, forearm and hand that show it bare', '', 1, 10_000
    )
    capture_frames: int = setting(
        3, 'frames in a row that agree before it is captured', '', 1, 100
    )
    agreement: float = setting(0.05, 'distance within which frames agree', 'm', 0.005, 0.5)
    drift: float = setting(0.01, 'motion of an arm held still', 'm/sqrt(s)', 0.0, 1.0)
    gate: float = setting(3.0, 'deviations beyond which a joint has jumped', '', 1.0, 20.0)
    gate_distance: float = setting(0.08, 'and least distance of a jump', 'm', 0.01, 1.0)
    recapture_frames: int = setting(8, 'frames at a new place before it counts', '', 1, 1000)
    hidden_error: float = setting(
        0.035, 'expected besides for a joint that is not seen itself', 'm', 0.0, 1.0
    )
    half_error: float = setting(HALF_ERROR, 'expected error for confidence 0.5', 'm', 0.005, 1.0)
    jump_confidence: float = setting(
        0.2, 'highest confidence of a joint that jumped', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class ArmTracker:
    """A filter on each joint, with its expected error, over what single frames say.

    Until the arm is captured it follows the frames. From then on a frame counts by its expected
    error: a joint that the garment hides is held, its confidence falling slowly; small motions are
    followed; a joint that jumps is not followed and loses its confidence, until frames agree
    on the new place.

    Attributes:
        captured: whether frames that agree have shown the whole arm uncovered.
    """

    def __init__(self, config: TrackerConfig | None = None) -> None:
        """Start without an arm."""
        self.config = config or TrackerConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the arm."""
        self._joints: np.ndarray | None = None
        self._variance: np.ndarray = np.zeros(4)
        self._floor: np.ndarray = np.full(4, np.inf)
        self._hidden: np.ndarray = np.zeros(4)
        self._agreed = 0
        self._jumps: np.ndarray = np.zeros(4, dtype=int)
        self._place: np.ndarray = np.zeros((4, 3))
        self._time = -np.inf
        self._measured = False
        self.captured = False

    @property
    def source(self) -> ArmSource:
        """What the last estimate comes from."""
        if self._joints is None:
            return ArmSource.UNKNOWN
        if not self._measured:
            return ArmSource.HELD
        if not self.captured:
            return ArmSource.UNKNOWN
        return ArmSource.CAPTURED if self._agreed else ArmSource.TRACKED

    def update(
        self,
        stamp: float,
        joints: np.ndarray,
        error: np.ndarray,
        support: np.ndarray,
        visible: np.ndarray | None = None,
    ) -> ArmEstimate:
        """Take in one frame.

        Args:
            stamp: when it was taken [s], later than the one before.
            joints: as seen in it [m]. Shape (4, 3).
            error: expected error of each [m], infinite for one that is not seen. Shape (4,).
            support: arm points on upper arm, forearm and hand. Shape (3,).
            visible: how much of each joint's skin is seen, 0 to 1; all by default. Shape (4,).

        Returns:
            The arm at that time.
        """
        if self._joints is not None and stamp <= self._time:
            raise InvalidInputError(f'stamp: {stamp!r} s is not after the last, {self._time!r} s')
        joints, error = np.asarray(joints, dtype=float), np.asarray(error, dtype=float)
        self._hidden = 1.0 - np.clip(np.ones(4) if visible is None else visible, 0.0, 1.0)
        error = np.sqrt(error**2 + self._hidden * self.config.hidden_error**2)
        error = np.where(np.isfinite(joints).all(axis=1), np.maximum(error, 1e-3), np.inf)
        joints = np.where(np.isfinite(joints), joints, 0.0)
        if self._joints is None:
            self._start(joints, error)
        else:
            self._predict(stamp - self._time)
            self._fuse(joints, error)
        self._time = stamp
        self._watch_capture(joints, error, support)
        return self._estimate()

    def hold(self, stamp: float) -> ArmEstimate | None:
        """The arm at a time at which nothing of it was seen; None if it never was."""
        if self._joints is None:
            return None
        self._predict(max(0.0, stamp - self._time))
        self._hidden = np.ones(4)
        self._agreed, self._measured = 0, False
        self._time = max(self._time, stamp)
        return self._estimate()

    def _start(self, joints: np.ndarray, error: np.ndarray) -> None:
        self._joints = joints.copy()
        self._variance = np.minimum(error, 1.0) ** 2
        self._floor = np.minimum(error, 1.0)
        self._measured = bool(np.isfinite(error).any())

    def _predict(self, dt: float) -> None:
        self._variance = self._variance + self.config.drift**2 * dt

    def _fuse(self, joints: np.ndarray, error: np.ndarray) -> None:
        c, held = self.config, self._joints
        assert held is not None
        distance = np.linalg.norm(joints - held, axis=1)
        spread = np.sqrt(self._variance + self._floor**2 + error**2)
        jumped = (distance > np.maximum(c.gate * spread, c.gate_distance)) & self.captured
        self._count_jumps(jumped & (error < c.capture_error), joints)
        settled = self._jumps >= c.recapture_frames
        gain = self._variance / (self._variance + error**2)
        gain = np.where(jumped, 0.0, gain)
        gain = np.where(settled, 1.0, gain)
        self._measured = bool((gain > 0.0).any())
        self._joints = held + gain[:, None] * (joints - held)
        self._variance = np.where(settled, error**2, (1 - gain) * self._variance)
        best = np.minimum(self._floor, error)
        self._floor = np.where(settled, error, np.where(jumped, self._floor, best))
        self._jumps[settled] = 0

    def _count_jumps(self, jumped: np.ndarray, joints: np.ndarray) -> None:
        """Count, for each joint, the frames in a row that see it at one new place."""
        same = np.linalg.norm(joints - self._place, axis=1) < self.config.agreement
        self._jumps = np.where(jumped, np.where(same, self._jumps, 0) + 1, 0)
        fresh = jumped & (self._jumps == 1)
        self._place[fresh] = joints[fresh]

    def _watch_capture(self, joints: np.ndarray, error: np.ndarray, support: np.ndarray) -> None:
        c = self.config
        assert self._joints is not None
        near = np.linalg.norm(joints - self._joints, axis=1) < c.agreement
        uncovered = np.min(support) >= c.capture_points
        good = bool(near.all() and (error < c.capture_error).all() and uncovered)
        self._agreed = self._agreed + 1 if good else 0
        self.captured = self.captured or self._agreed >= c.capture_frames

    def _estimate(self) -> ArmEstimate:
        c = self.config
        assert self._joints is not None
        # Frames of one scene err alike: averaging them cannot go below the best one's error.
        expected = self._variance + self._floor**2 + self._hidden * c.hidden_error**2
        confidence = confidence_of(np.sqrt(expected), c.half_error)
        confidence = np.where(
            self._jumps > 0, np.minimum(confidence, c.jump_confidence), confidence
        )
        return ArmEstimate(self._joints.copy(), confidence)
