"""Perception from one frame to the next: images in, labelled cloud and arm pose out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError, StaleInputError
from valet_core.geometry.limb import Limb
from valet_core.perception.arm_estimate import ArmEstimate, ArmSource
from valet_core.perception.arm_inference import ArmNetwork, NetworkOutput, pack
from valet_core.perception.arm_tracker import ArmTracker, TrackerConfig
from valet_core.perception.frame import RgbdFrame, check_frame, check_pose, sample
from valet_core.perception.labels import Label
from valet_core.perception.self_filter import RobotShape, SelfFilter
from valet_core.perception.voxels import voxelise

__all__ = ['Percept', 'Perceiver', 'PerceptionConfig', 'RgbdFrame', 'prepare']


_NEAR_JOINT = 0.08  # [m]
_JOINT_POINTS = 25  # a joint in full view has about three times as many at 1.5 m


@dataclass(frozen=True)
class PerceptionConfig:
    """What of a frame is used, and how."""

    robot: str = setting('ur5e', 'whose links are removed: config/robot_<name>.yaml, or a path')
    model: str = setting('arm_perception', 'folder below models/, or a path')
    base_frame: str = setting('base_link', 'frame of the cloud and of the arm')
    pairing_tolerance: float = setting(
        0.02, 'between the stamps of colour, depth and camera info', 's', 0.0, 1.0
    )
    tf_tolerance: float = setting(
        0.1, 'by which a transform may be older than the images', 's', 0.0, 1.0
    )
    workspace_low: tuple[float, ...] = setting(
        (-1.0, -1.2, -0.6), 'lower corner of the box that is looked at, base frame', 'm', -10, 10
    )
    workspace_high: tuple[float, ...] = setting((1.0, 1.2, 1.2), 'its upper corner', 'm', -10, 10)
    min_depth: float = setting(0.2, 'nearer returns are left out', 'm', 0.01, 10.0)
    max_depth: float = setting(3.0, 'farther returns are left out', 'm', 0.1, 20.0)
    voxel: float = setting(0.01, 'edge of the voxels of the cloud', 'm', 0.002, 0.2)
    self_padding: float = setting(
        0.02, "distance from the robot's links within which points are its own", 'm', 0.0, 0.2
    )
    min_arm_points: int = setting(
        30, 'samples on the arm or the garment without which there is no arm', '', 1, 10_000
    )
    tracker: TrackerConfig = field(default_factory=TrackerConfig)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        for name in ('workspace_low', 'workspace_high'):
            if len(getattr(self, name)) != 3:
                raise ConfigError(f'{name}: expected 3 values, received {getattr(self, name)!r}')
        if not all(a < b for a, b in zip(self.workspace_low, self.workspace_high, strict=True)):
            raise ConfigError(
                f'workspace_high: {self.workspace_high!r} is not above workspace_low, '
                f'{self.workspace_low!r}'
            )
        if self.min_depth >= self.max_depth:
            raise ConfigError(f'max_depth: {self.max_depth!r} is not above min_depth')


class Percept(NamedTuple):
    """What is perceived at one moment."""

    points: np.ndarray
    """Base frame [m]. Shape (n, 3), float32."""
    labels: np.ndarray
    """A `Label` for each. Shape (n,), uint8."""
    arm: ArmEstimate | None
    """The arm, or None before it was found."""
    captured: bool
    """Whether the arm's pose was captured uncovered, at this moment or before."""
    source: ArmSource
    """What the arm's pose comes from."""


class Perceiver:
    """The whole of perception, one frame at a time, on one core."""

    def __init__(self, config: PerceptionConfig, shape: RobotShape, model_folder: Path) -> None:
        """Load the model.

        Args:
            config: what of a frame is used.
            shape: the robot's links, which are removed.
            model_folder: of the network (see `ArmNetwork`).
        """
        self.config = config
        self._filter = SelfFilter(shape, config.self_padding)
        self._network = ArmNetwork(model_folder)
        self._tracker = ArmTracker(config.tracker)
        self._low = np.array(config.workspace_low, dtype=np.float32)
        self._high = np.array(config.workspace_high, dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the arm; it has to be captured anew."""
        self._tracker.reset()
        self._last: tuple[float, np.ndarray] | None = None

    def process(self, frame: RgbdFrame, link_transforms: Mapping[str, np.ndarray]) -> Percept:
        """Perceive one frame.

        Args:
            frame: colour and aligned depth.
            link_transforms: T_base_link of each link of the robot at the time of the frame.

        Raises:
            InvalidInputError: for a frame or a transform that can never be right.
            StaleInputError: if the frame is the one before over again, or older.
            PerceptionError: if the frame has no depth.
        """
        check_frame(frame)
        for name, pose in link_transforms.items():
            check_pose(f'pose of link {name!r}', pose)
        self._check_fresh(frame)
        pixels, seen, _ = prepare(frame, link_transforms, self._filter, self.config)
        output = self._network(pixels)
        points = pixels[seen][:, 3:6]
        labels = output.logits[:, seen].argmax(axis=0).astype(np.uint8)
        arm = self._track(frame.stamp, output, points, labels)
        cloud, labels = voxelise(points, labels, self.config.voxel)
        return Percept(cloud, labels, arm, self._tracker.captured, self._tracker.source)

    def _check_fresh(self, frame: RgbdFrame) -> None:
        last = self._last
        if last is not None and frame.stamp <= last[0]:
            raise StaleInputError(
                f'images: taken at {frame.stamp:.3f} s, not after the last at {last[0]:.3f} s'
            )
        # A copy: the caller may fill the same buffer again.
        self._last = frame.stamp, frame.depth_mm.copy()
        # The noise of a real sensor never repeats.
        if last is not None and np.array_equal(frame.depth_mm, last[1]):
            raise StaleInputError(
                'frozen camera: the depth image is bit for bit the one before, '
                f'taken {frame.stamp - last[0]:.3f} s earlier'
            )

    def _track(
        self, stamp: float, output: NetworkOutput, points: np.ndarray, labels: np.ndarray
    ) -> ArmEstimate | None:
        on_arm = points[labels == Label.ARM]
        garment = int((labels == Label.GARMENT).sum())
        if len(on_arm) + garment < self.config.min_arm_points:
            return self._tracker.hold(stamp)
        support = _support(output.joints, on_arm)
        visible = _visible(output.joints, on_arm)
        return self._tracker.update(stamp, output.joints, output.error, support, visible)


def prepare(
    frame: RgbdFrame,
    link_transforms: Mapping[str, np.ndarray],
    self_filter: SelfFilter,
    config: PerceptionConfig,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample, crop and take the robot out of a checked frame.

    Training data go through here too, so that the network sees the same.

    Returns:
        The network's input (*GRID, CHANNELS); where it has points (*GRID), bool; and where the
        robot is (*GRID), bool.
    """
    taken = sample(frame, config.min_depth, config.max_depth)
    inside = taken.valid.copy()
    for axis in range(3):
        values = taken.points[..., axis]
        inside &= values > np.float32(config.workspace_low[axis])
        inside &= values < np.float32(config.workspace_high[axis])
    own = np.zeros_like(inside)
    own[inside] = self_filter.mask(taken.points[inside], link_transforms)
    seen = inside & ~own
    # Colour stays where depth dropped out: dark cloth often returns none.
    hidden = own | (taken.valid & ~inside)
    return pack(taken.rgb, taken.points, seen, hidden), seen, own


def _support(joints: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Number of arm points on upper arm, forearm and hand. Shape (3,)."""
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=1)
    if not len(points) or not np.isfinite(joints).all() or steps.min() < 0.02:
        return np.zeros(3, dtype=int)
    limb = Limb(joints)
    found = limb.project(points)
    near = found.distance < 2.5 * limb.radii.max()
    segment = np.searchsorted(limb.cumulative[1:3], found.arc[near], side='right')
    return np.bincount(segment, minlength=3)[::-1]


def _visible(joints: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How much of the skin at each joint is seen, 0 to 1. Shape (4,)."""
    if not len(points):
        return np.zeros(4)
    near = [((points - joint) ** 2).sum(axis=1) < _NEAR_JOINT**2 for joint in joints]
    return np.minimum(1.0, np.sum(near, axis=1) / _JOINT_POINTS)
