"""The simulated cameras: a depth camera on a tripod, and a wide one for pictures of the scene."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.simulation.render_scene import RenderScene
from valet_core.simulation.sensor_noise import SensorNoiseConfig, noisy_colour, noisy_depth

__all__ = [
    'CameraConfig',
    'CameraSensor',
    'Frame',
    'choose_camera',
    'look_at',
    'scene_camera_pose',
]


@dataclass(frozen=True)
class CameraConfig:
    """An RGB-D camera whose depth is aligned to colour; defaults in the manner of a D435."""

    width: int = setting(320, 'of the image', 'px', 32, 1280)
    height: int = setting(240, 'of the image', 'px', 32, 960)
    fovy_deg: float = setting(43.0, 'vertical field of view', 'deg', 10.0, 120.0)
    rate: float = setting(15.0, 'images', 'Hz', 0.1, 90.0)
    noise: SensorNoiseConfig = field(default_factory=SensorNoiseConfig)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)

    @property
    def focal(self) -> float:
        """Focal length, the same along both axes [px]."""
        return float(self.height / 2 / np.tan(np.deg2rad(self.fovy_deg) / 2))

    @property
    def K(self) -> np.ndarray:  # noqa: N802 - the usual name
        """Intrinsic matrix; whole numbers are centres of pixels. Shape (3, 3)."""
        cx, cy = (self.width - 1) / 2, (self.height - 1) / 2
        return np.array([[self.focal, 0.0, cx], [0.0, self.focal, cy], [0.0, 0.0, 1.0]])


class Frame(NamedTuple):
    """One image with depth."""

    rgb: np.ndarray
    """Shape (height, width, 3), uint8."""
    depth_mm: np.ndarray
    """Along z, 0 where nothing was measured [mm]. Shape (height, width), uint16."""
    K: np.ndarray
    """Intrinsic matrix. Shape (3, 3)."""
    T_base_camera: np.ndarray
    """Pose of the optical frame (x right, y down, z forward) in base_link. Shape (4, 4)."""


class CameraSensor:
    """A depth camera that looks at a `RenderScene`."""

    def __init__(
        self, scene: RenderScene, T_world_camera: np.ndarray, config: CameraConfig | None = None
    ) -> None:
        """Set the camera up.

        Args:
            scene: what it looks at.
            T_world_camera: pose of its optical frame. Shape (4, 4).
            config: lens, size and noise.
        """
        self.scene, self.config = scene, config or CameraConfig()
        self.T_world_camera = np.array(T_world_camera, dtype=float)
        self.T_base_camera = np.linalg.inv(scene.T_world_base) @ self.T_world_camera

    def capture(self, rng: np.random.Generator) -> Frame:
        """Take an image of the scene as it is now, with the sensor's noise."""
        config = self.config
        rgb, depth = self.scene.render(*self._view())
        return Frame(
            noisy_colour(rgb, config.noise, rng),
            noisy_depth(depth, config.focal, config.noise, rng),
            config.K,
            self.T_base_camera.copy(),
        )

    def segmentation(self) -> np.ndarray:
        """True labels of the same view, for training and evaluation of perception only.

        Returns:
            Values of `Label`, or `ROBOT_LABEL`. Shape (height, width), uint8.
        """
        return self.scene.segment(*self._view())

    def _view(self) -> tuple[np.ndarray, float, int, int]:
        config = self.config
        return self.T_world_camera, np.deg2rad(config.fovy_deg), config.width, config.height


def choose_camera(
    joints: np.ndarray, side: str, rng: np.random.Generator, distance: float = 1.45
) -> np.ndarray:
    """Put the camera where a person would to watch an arm being dressed.

    Before the person, towards the inner side of the arm and above, so that neither the robot on
    the outer side nor the garment hides the arm.

    Args:
        joints: shoulder, elbow, wrist and fingertip, world frame [m]. Shape (4, 3).
        side: 'right' or 'left', of the person's arm.
        rng: source of the inexactness: some centimetres and degrees.
        distance: from the middle of the view [m].

    Returns:
        T_world_camera, of the optical frame. Shape (4, 4).
    """
    inward = 1.0 if side == 'right' else -1.0
    joints = np.asarray(joints, dtype=float)
    ahead = joints[3] + 0.10 * _unit(joints[3] - joints[2])
    corners = np.concatenate([joints, ahead[None]])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    azimuth = np.deg2rad(CAMERA_AZIMUTH + rng.uniform(-6.0, 6.0))
    elevation = np.deg2rad(CAMERA_ELEVATION + rng.uniform(-5.0, 5.0))
    towards = np.array(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth) * inward,
            np.sin(elevation),
        ]
    )
    eye = middle + (distance + rng.uniform(-0.07, 0.07)) * towards
    return look_at(eye, middle + rng.uniform(-0.03, 0.03, 3), roll=np.deg2rad(rng.uniform(-3, 3)))


CAMERA_AZIMUTH = 50.0
"""Of the camera from straight before the person, towards the inner side [deg]."""
CAMERA_ELEVATION = 32.0
"""Of the camera above the arm's middle [deg]."""


def scene_camera_pose(T_world_base: np.ndarray, side: str) -> np.ndarray:
    """A wide view of person and robot, for pictures. Returns T_world_camera, (4, 4)."""
    inward = 1.0 if side == 'right' else -1.0
    middle = np.array([0.15, T_world_base[1, 3] / 2, 0.80])
    return look_at(middle + np.array([2.1, 1.0 * inward, 0.95]), middle)


def look_at(eye: np.ndarray, target: np.ndarray, roll: float = 0.0) -> np.ndarray:
    """Pose of an optical frame that looks from one point to another, level but for `roll` [rad].

    Returns:
        x right, y down, z forward. Shape (4, 4).
    """
    z = _unit(np.asarray(target, dtype=float) - eye)
    x = _unit(np.cross(z, [0.0, 0.0, 1.0]))
    y = np.cross(z, x)
    c, s = np.cos(roll), np.sin(roll)
    T = np.eye(4)
    T[:3, :3] = np.column_stack([c * x + s * y, c * y - s * x, z])
    T[:3, 3] = eye
    return T


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
