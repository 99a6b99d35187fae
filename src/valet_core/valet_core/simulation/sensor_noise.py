"""What a stereo depth camera and a small colour sensor make of perfect images."""

from dataclasses import dataclass

import cv2
import numpy as np

from valet_core.common.config import check, setting

__all__ = ['SensorNoiseConfig', 'noisy_colour', 'noisy_depth', 'stereo_shadow']


@dataclass(frozen=True)
class SensorNoiseConfig:
    """Errors in the manner of a RealSense D435; all 0 gives perfect images."""

    depth_noise: float = setting(
        0.002, 'standard deviation of depth over its square', '1/m', 0.0, 0.05
    )
    min_depth: float = setting(0.28, 'nothing is seen nearer', 'm', 0.0, 1.0)
    max_depth: float = setting(6.0, 'nothing is seen farther', 'm', 0.5, 20.0)
    baseline: float = setting(0.05, 'of the stereo pair, which makes shadows', 'm', 0.0, 0.3)
    edge_dropout: float = setting(0.5, 'share of pixels lost along edges of depth', '', 0.0, 1.0)
    edge_step: float = setting(0.04, 'relative step of depth that makes an edge', '', 0.001, 1.0)
    grazing_dropout: float = setting(0.5, 'share lost on surfaces seen at a slant', '', 0.0, 1.0)
    speckle: float = setting(0.004, 'share lost anywhere, in small spots', '', 0.0, 0.5)
    colour_noise: float = setting(2.5, 'standard deviation of colour', '1/255', 0.0, 50.0)
    exposure: float = setting(0.06, 'relative variation of an image', '', 0.0, 0.5)
    white_balance: float = setting(0.03, 'relative variation of each channel', '', 0.0, 0.5)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


def noisy_depth(
    depth: np.ndarray, focal: float, config: SensorNoiseConfig, rng: np.random.Generator
) -> np.ndarray:
    """Depth as the sensor reports it.

    Args:
        depth: along z, inf where there is nothing [m]. Shape (h, w), float32.
        focal: focal length [px].
        config: the errors.
        rng: their source.

    Returns:
        Millimetres, 0 where nothing was measured. Shape (h, w), uint16.
    """
    depth = np.ascontiguousarray(depth, dtype=np.float32)
    seen = (depth >= config.min_depth) & (depth <= config.max_depth)
    z = np.where(seen, depth, np.float32(config.max_depth))
    lost = _dropouts(z, focal, config, rng)
    if config.baseline > 0:
        lost |= stereo_shadow(z, focal, config.baseline)
    if config.depth_noise > 0:
        z = z + np.float32(config.depth_noise) * z * z * _patchy_noise(z.shape, rng)
    millimetres = np.rint(z * 1000.0)
    millimetres[lost | ~seen | (millimetres < 0)] = 0.0
    return millimetres.astype(np.uint16)


def noisy_colour(
    rgb: np.ndarray, config: SensorNoiseConfig, rng: np.random.Generator
) -> np.ndarray:
    """Colour as the sensor reports it. Shapes (h, w, 3), uint8."""
    gain = 1.0 + config.exposure * rng.standard_normal()
    gains = gain * (1.0 + config.white_balance * rng.standard_normal(3))
    table = np.arange(256)[None] * np.clip(gains, 0.3, 3.0)[:, None]  # (3, 256)
    table = np.clip(table, 0.0, 255.0).astype(np.uint8)
    image = cv2.LUT(np.ascontiguousarray(rgb), np.ascontiguousarray(table.T).reshape(1, 256, 3))
    if config.colour_noise <= 0:
        return image
    # One draw for the three channels: what is left after demosaicing is mostly brightness.
    noise = rng.standard_normal(rgb.shape[:2], dtype=np.float32) * np.float32(config.colour_noise)
    return cv2.add(image, cv2.merge([noise, noise, noise]), dtype=cv2.CV_8U)


def stereo_shadow(depth: np.ndarray, focal: float, baseline: float) -> np.ndarray:
    """Pixels that the second imager cannot see past something nearer.

    The second imager stands to the right: a point at column u appears to it at u minus the
    disparity, and is hidden if a point further right appears there or further left.

    Returns:
        True where depth cannot be measured. Shape (h, w), bool.
    """
    columns = np.arange(depth.shape[1], dtype=np.float32)
    seen_at = columns - np.float32(focal * baseline) / depth
    leftmost = np.minimum.accumulate(seen_at[:, ::-1], axis=1)[:, ::-1]
    hidden = np.zeros(depth.shape, dtype=bool)
    hidden[:, :-1] = leftmost[:, 1:] <= seen_at[:, :-1] - 0.5
    return hidden


def _patchy_noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise of unit variance that neighbours share, as block matching gives."""
    white = rng.standard_normal(shape, dtype=np.float32)
    return cv2.GaussianBlur(white, (3, 3), 0.7) * np.float32(2.42)


def _dropouts(
    z: np.ndarray, focal: float, config: SensorNoiseConfig, rng: np.random.Generator
) -> np.ndarray:
    step_x = np.abs(np.diff(z, axis=1, append=z[:, -1:]))
    step_y = np.abs(np.diff(z, axis=0, append=z[-1:]))
    step = np.maximum(step_x, step_y)
    edge = (step > config.edge_step * z).astype(np.uint8)
    edge = cv2.dilate(edge, np.ones((3, 3), np.uint8))
    # A surface at 75 degrees from facing the camera; a pixel is z / focal wide there.
    grazing = (step > 3.7 * z / np.float32(focal)) & (edge == 0)
    chance = rng.random(z.shape, dtype=np.float32)
    lost = (edge > 0) & (chance < config.edge_dropout)
    lost |= grazing & (chance < config.grazing_dropout)
    if config.speckle > 0:
        seeds = (chance > 1.0 - config.speckle / 9.0).astype(np.uint8)
        lost |= cv2.dilate(seeds, np.ones((3, 3), np.uint8)) > 0
    return lost
