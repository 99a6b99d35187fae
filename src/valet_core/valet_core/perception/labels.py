"""Classes of the points of a scene."""

import enum

__all__ = ['Label']


class Label(enum.IntEnum):
    """What a point belongs to."""

    OTHER = 0
    ARM = 1
    GARMENT = 2
    BODY = 3
