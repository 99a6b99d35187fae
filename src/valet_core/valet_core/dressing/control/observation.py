"""What a dressing policy sees, and what is asked of it."""

from typing import Any, NamedTuple

import numpy as np

from valet_core.perception.arm_estimate import ArmEstimate

__all__ = ['ACTIONS', 'DressingGoal', 'DressingObservation', 'as_observation']

ACTIONS = (
    'linear x [m/s]', 'linear y [m/s]', 'linear z [m/s]',
    'angular x [rad/s]', 'angular y [rad/s]', 'angular z [rad/s]',
)  # fmt: skip
"""Of every dressing policy: a twist of the tool in the base frame."""


class DressingGoal(NamedTuple):
    """Which garment comes over which arm."""

    garment: str = 'cardigan'
    """One of `valet_core.dressing.sim.garments.GARMENT_KINDS`."""
    side: str = 'right'
    """The person's own left or right."""


class DressingObservation(NamedTuple):
    """Everything that a policy may see at one moment."""

    time: float
    """When the arm was seen [s]."""
    arm: ArmEstimate | None
    """The arm, or None before it was found."""
    cloud: np.ndarray
    """Points in the base frame [m]. Shape (n, 3), float32."""
    labels: np.ndarray
    """A `valet_core.perception.labels.Label` for each point. Shape (n,), uint8."""
    T_base_tool: np.ndarray
    """Pose of the tool. Shape (4, 4)."""
    wrench: np.ndarray
    """Force [N] and torque [N m] of the garment on the tool, in the tool frame. Shape (6,)."""


def as_observation(raw: dict[str, Any]) -> DressingObservation:
    """The environment's observation as a policy takes it; joints of NaN mean no arm."""
    arm = None
    if np.isfinite(raw['joints']).all():
        arm = ArmEstimate(raw['joints'], raw['confidence'])
    return DressingObservation(
        time=float(raw['time']),
        arm=arm,
        cloud=raw['cloud'],
        labels=raw['labels'],
        T_base_tool=raw['T_base_tool'],
        wrench=raw['wrench'],
    )
