"""A labelled cloud thinned to a number of points."""

import numpy as np

from valet_core.perception.labels import Label

__all__ = ['MAX_POINTS', 'thin']

MAX_POINTS = 512  # of a cloud that a policy gets
SIDE_SHARE = 8  # body and other points get at most 1 in so many each


def thin(labels: np.ndarray, count: int) -> np.ndarray:
    """Choose points of a labelled cloud, most of them of arm and garment in their proportion.

    Args:
        labels: of the cloud. Shape (n,).
        count: points to choose at most.

    Returns:
        Indices, spread evenly over each label's points. Shape (k,), k <= count.
    """
    if len(labels) <= count:
        return np.arange(len(labels))
    groups = {label: np.flatnonzero(labels == label) for label in Label}
    main, side = (Label.ARM, Label.GARMENT), (Label.BODY, Label.OTHER)
    sizes = {label: min(len(groups[label]), count // SIDE_SHARE) for label in side}
    left, total = count - sum(sizes.values()), sum(len(groups[label]) for label in main)
    for label in main:
        sizes[label] = len(groups[label]) * min(left, total) // max(total, 1)
    chosen = [
        groups[label][np.linspace(0, len(groups[label]) - 1, size).astype(int)]
        for label, size in sizes.items()
        if size
    ]
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=int)
