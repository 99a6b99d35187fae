"""Labelled point clouds from and to messages."""

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from valet_core.common.errors import InvalidInputError
from valet_nodes.ros.message_data import to_bytes

__all__ = ['cloud_from_message', 'cloud_to_message']

# x y z label, padded to 16 bytes so that rows stay aligned.
_POINT = np.dtype(
    {
        'names': ['x', 'y', 'z', 'label'],
        'formats': ['<f4', '<f4', '<f4', 'u1'],
        'offsets': [0, 4, 8, 12],
        'itemsize': 16,
    }
)
_FIELD_TYPES = {
    'x': PointField.FLOAT32,
    'y': PointField.FLOAT32,
    'z': PointField.FLOAT32,
    'label': PointField.UINT8,
}


def cloud_to_message(points: np.ndarray, labels: np.ndarray, header: Header) -> PointCloud2:
    """A labelled cloud.

    Args:
        points: shape (N, 3) [m].
        labels: shape (N,), values of `valet_core.perception.labels.Label`.
        header: stamp and frame of the points.
    """
    rows = np.zeros(len(points), _POINT)
    rows['x'], rows['y'], rows['z'] = np.asarray(points, np.float32).reshape(-1, 3).T
    rows['label'] = labels
    message = PointCloud2(header=header, height=1, width=len(rows), is_dense=True)
    message.fields = [
        PointField(name=name, offset=_POINT.fields[name][1], datatype=kind, count=1)
        for name, kind in _FIELD_TYPES.items()
    ]
    message.point_step = _POINT.itemsize
    message.row_step = _POINT.itemsize * len(rows)
    message.data = to_bytes(rows)
    return message


def cloud_from_message(message: PointCloud2) -> tuple[np.ndarray, np.ndarray]:
    """Points and labels of a cloud; further fields and any order of them are allowed.

    Returns:
        Points, shape (N, 3) float32 [m], and labels, shape (N,) uint8.

    Raises:
        InvalidInputError: where a field is missing or of another type, or the size is wrong.
    """
    received = {field.name: field for field in message.fields}
    for name, kind in _FIELD_TYPES.items():
        if name not in received or received[name].datatype != kind:
            found = ', '.join(f'{f.name} (type {f.datatype})' for f in message.fields) or 'none'
            raise InvalidInputError(
                f'cloud fields: {found}; needed: x y z (type {PointField.FLOAT32}) and label '
                f'(type {PointField.UINT8})'
            )
    count, step = message.width * message.height, message.point_step
    if len(message.data) != count * step:
        raise InvalidInputError(
            f'cloud data of {len(message.data)} bytes, {count} points of {step} bytes need '
            f'{count * step}'
        )
    order = '>' if message.is_bigendian else '<'
    try:
        layout = np.dtype(
            {
                'names': list(_FIELD_TYPES),
                'formats': [f'{order}f4'] * 3 + ['u1'],
                'offsets': [received[name].offset for name in _FIELD_TYPES],
                'itemsize': step,
            }
        )
    except ValueError as error:
        raise InvalidInputError(f'cloud point of {step} bytes: {error}') from None
    rows = np.frombuffer(message.data, layout) if count else np.zeros(0, layout)
    points = np.empty((count, 3), np.float32)
    for column, name in enumerate('xyz'):
        points[:, column] = rows[name]
    return points, rows['label'].copy()
