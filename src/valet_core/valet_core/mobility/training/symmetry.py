"""Left and right: of a drive, what its mirror image looks like and asks for."""

import numpy as np

from valet_core.learning.supervised import Mirror
from valet_core.mobility.control.features import FeatureConfig, mirror_index

__all__ = ['left_right']

ACTION_SIGN = (1.0, -1.0, -1.0)  # forward, to the left, turning to the left


def left_right(features: FeatureConfig, spreads: bool = False) -> Mirror:
    """The symmetry of examples of drives.

    Args:
        features: how observations are made.
        spreads: whether the targets hold the actions' spreads too, which stay as they are.
    """
    index, sign = mirror_index(features)
    same = (1.0,) * len(ACTION_SIGN) if spreads else ()
    return Mirror(index, sign, np.array([*ACTION_SIGN, *same], dtype=np.float32))
