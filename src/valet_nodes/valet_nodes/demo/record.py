"""What a demo has seen: rows over time, and the scene camera's images."""

from typing import NamedTuple

import numpy as np

__all__ = ['Record', 'Row']


class Row(NamedTuple):
    """One moment of a run."""

    time: float
    """Since the goal was sent [s], simulated."""
    upper_arm_ratio: float
    """True dressed share of the upper arm."""
    whole_arm_ratio: float
    """True dressed share of forearm and upper arm."""
    perceived_ratio: float
    """Dressed share of the whole arm as the policy perceives it."""
    force: float
    """Measured force on the tool [N]."""
    force_limit: float
    """The gate's limit on it in the present phase [N]."""
    gate: int
    """A state of valet_msgs/GateState."""
    phase: str
    """Phase of the task."""


class Record:
    """Rows and images of one run, in order."""

    def __init__(self) -> None:
        """Start empty."""
        self.rows: list[Row] = []
        self.images: list[np.ndarray] = []

    def column(self, name: str) -> np.ndarray:
        """One column of the rows. Shape (n,)."""
        return np.array([getattr(row, name) for row in self.rows])
