"""Perception from one frame to the next: images in, labelled cloud and arm pose out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError, StaleInputError
from valet_core.perception.arm_estimate import ArmEstimate, ArmSource
from valet_core.perception.arm_inference import ArmNetwork, NetworkOutput, pack
from valet_core.perception.arm_support import arm_support
from valet_core.perception.arm_tracker import ArmTracker, TrackerConfig
from valet_core.perception.frame import GRID, RgbdFrame, check_frame, check_link_poses, sample
from valet_core.perception.robot_shape import RobotShape
from valet_core.perception.self_filter import SelfFilter
from valet_core.perception.voxels import voxelise

__all__ = ['Percept', 'Perceiver', 'PerceptionConfig', 'RgbdFrame', 'prepare']


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
        self._warm_up()
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
        check_link_poses(link_transforms)
        self._check_fresh(frame)
        pixels, seen, _ = prepare(frame, link_transforms, self._filter, self.config)
        output = self._network(pixels)
        points = _points(pixels, seen)
        labels = output.labels[seen]
        arm = self._track(frame.stamp, output, points, labels)
        cloud, labels = voxelise(points, labels, self.config.voxel)
        return Percept(cloud, labels, arm, self._tracker.captured, self._tracker.source)

    def _warm_up(self) -> None:
        """Compile, or load, every compiled loop: no frame may wait for that."""
        depth = np.full(GRID, self.config.max_depth, dtype=np.float32)
        rgb, K = np.zeros((*GRID, 3), dtype=np.uint8), np.diag([100.0, 100.0, 1.0])
        frame = RgbdFrame(0.0, rgb, depth, K, np.eye(4))
        links = dict.fromkeys(self._filter.shape.links, np.eye(4))
        pixels, seen, _ = prepare(frame, links, self._filter, self.config)
        output = self._network(pixels)
        _points(pixels, seen)
        point, label = np.zeros((1, 3), dtype=np.float32), np.zeros(1, dtype=np.uint8)
        arm_support(output.joints, point, label)
        voxelise(point, label, self.config.voxel)

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
        support = arm_support(output.joints, points, labels)
        if support.points < self.config.min_arm_points:
            return self._tracker.hold(stamp)
        return self._tracker.update(
            stamp, output.joints, output.error, support.bare, support.visible
        )


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
    low, high = (
        np.array(corner, dtype=np.float32)
        for corner in (config.workspace_low, config.workspace_high)
    )
    inside = _within(taken.points, taken.valid, low, high)
    own = self_filter.mask(taken.points.reshape(-1, 3), link_transforms, inside.ravel())
    own = own.reshape(GRID)
    seen = inside & ~own
    # Colour stays where depth dropped out: dark cloth often returns none.
    hidden = own | (taken.valid & ~inside)
    return pack(taken.rgb, taken.points, seen, hidden), seen, own


@njit(cache=True)
def _within(
    points: np.ndarray, valid: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Which of the valid points (h, w, 3) are in the box."""
    inside = np.empty_like(valid)
    for row in range(valid.shape[0]):
        for column in range(valid.shape[1]):
            x, y, z = points[row, column]
            inside[row, column] = (
                valid[row, column]
                and low[0] < x < high[0] and low[1] < y < high[1] and low[2] < z < high[2]
            )  # fmt: skip
    return inside


@njit(cache=True)
def _points(pixels: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Points (n, 3) of the pixels that are seen, by row and column."""
    points, count = np.empty((seen.sum(), 3), np.float32), 0
    for row in range(seen.shape[0]):
        for column in range(seen.shape[1]):
            if seen[row, column]:
                for axis in range(3):
                    points[count, axis] = pixels[row, column, 3 + axis]
                count += 1
    return points
