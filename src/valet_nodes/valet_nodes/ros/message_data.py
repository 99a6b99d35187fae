"""The fast way to put an array into the data field of a message."""

import array

import numpy as np

__all__ = ['to_bytes', 'to_float_array']


def to_bytes(values: np.ndarray) -> array.array:
    """The bytes of an array; an array.array skips the check of every single one.

    Args:
        values: any shape and type.

    Returns:
        Bytes in row-major order.
    """
    data = array.array('B')
    if values.size:
        flat = np.ascontiguousarray(values).reshape(-1)
        data.frombytes(memoryview(flat.view(np.uint8)))
    return data


def to_float_array(values: np.ndarray) -> array.array:
    """The numbers of an array for a float32[] field.

    Args:
        values: any shape and type.

    Returns:
        Numbers in row-major order.
    """
    data = array.array('f')
    data.frombytes(np.ascontiguousarray(values, dtype=np.float32).tobytes())
    return data
