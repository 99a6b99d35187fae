"""Images and camera models from and to messages."""

from typing import NamedTuple

import numpy as np
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from valet_core.common.errors import InvalidInputError
from valet_nodes.ros.message_data import to_bytes

__all__ = [
    'CameraModel',
    'camera_from_message',
    'camera_to_message',
    'image_from_message',
    'image_to_message',
]

# Channels and type of each encoding that is used.
_ENCODINGS = {'rgb8': (3, np.dtype('u1')), '16UC1': (1, np.dtype('u2'))}


def image_from_message(message: Image, encoding: str) -> np.ndarray:
    """Pixels of an image, without a copy.

    Args:
        message: any size; its rows may be padded.
        encoding: the one it must have: 'rgb8' or '16UC1'.

    Returns:
        Read-only, shape (H, W, 3) uint8 for 'rgb8', (H, W) uint16 for '16UC1'.

    Raises:
        InvalidInputError: for another encoding, or a size that does not match the data.
    """
    if message.encoding != encoding:
        raise InvalidInputError(f'image encoding {message.encoding!r}, allowed: {encoding!r}')
    channels, dtype = _ENCODINGS[encoding]
    height, width, step = message.height, message.width, message.step
    row = width * channels * dtype.itemsize
    if height == 0 or width == 0:
        raise InvalidInputError(f'image of {width} x {height} pixels, at least 1 x 1 needed')
    if step < row:
        raise InvalidInputError(f'image step {step} bytes, at least {row} needed for {width} px')
    if len(message.data) != step * height:
        raise InvalidInputError(
            f'image data of {len(message.data)} bytes, step x height is {step} x {height} '
            f'= {step * height}'
        )
    if message.is_bigendian and dtype.itemsize > 1:
        dtype = dtype.newbyteorder('>')
    shape = (height, width) if channels == 1 else (height, width, channels)
    strides = (step, dtype.itemsize * channels, dtype.itemsize)[: len(shape)]
    pixels = np.ndarray(shape, dtype, memoryview(message.data), strides=strides)
    if not dtype.isnative:
        pixels = pixels.astype(dtype.newbyteorder('='))
    pixels.flags.writeable = False
    return pixels


def image_to_message(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    """An image message.

    Args:
        pixels: (H, W, 3) uint8 for 'rgb8', (H, W) uint16 [mm] for '16UC1'.
        encoding: 'rgb8' or '16UC1'.
        header: stamp and optical frame.

    Raises:
        InvalidInputError: where shape or type do not fit the encoding.
    """
    channels, dtype = _ENCODINGS[encoding]
    if pixels.dtype != dtype or pixels.shape[2:] != ((channels,) if channels > 1 else ()):
        raise InvalidInputError(
            f'pixels of shape {pixels.shape}, {pixels.dtype}; {encoding} needs {dtype} with '
            f'{channels} channel(s)'
        )
    height, width = pixels.shape[:2]
    message = Image(header=header, height=height, width=width, encoding=encoding)
    message.step = width * channels * dtype.itemsize
    message.data = to_bytes(pixels)
    return message


class CameraModel(NamedTuple):
    """A pinhole camera.

    Attributes:
        matrix: K, shape (3, 3) [px].
        width: of the image [px].
        height: of the image [px].
    """

    matrix: np.ndarray
    width: int
    height: int


def camera_from_message(message: CameraInfo) -> CameraModel:
    """Intrinsics and image size.

    Raises:
        InvalidInputError: for an uncalibrated camera or an empty image.
    """
    matrix = np.array(message.k, dtype=float).reshape(3, 3)
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0.0 or matrix[1, 1] <= 0.0:
        raise InvalidInputError(
            f'camera_info k {matrix.ravel().tolist()}; finite numbers and focal lengths above 0 '
            'are needed'
        )
    if message.width == 0 or message.height == 0:
        raise InvalidInputError(
            f'camera_info of {message.width} x {message.height} px, at least 1 x 1 needed'
        )
    return CameraModel(matrix, message.width, message.height)


def camera_to_message(camera: CameraModel, header: Header) -> CameraInfo:
    """The camera_info of a rectified pinhole camera."""
    message = CameraInfo(header=header, width=camera.width, height=camera.height)
    message.distortion_model = 'plumb_bob'
    message.d = [0.0] * 5
    message.k = camera.matrix.ravel()
    message.r = np.eye(3).ravel()
    message.p = np.hstack([camera.matrix, np.zeros((3, 1))]).ravel()
    return message
