"""What a dressing policy sees, and what is asked of it."""

from typing import Any, NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.geometry.limb import Limb
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.thinning import MAX_POINTS, thin

__all__ = [
    'ACTIONS', 'MIN_CONFIDENCE', 'DressingGoal', 'DressingObservation',
    'as_observation', 'prepare', 'trusted_limb',
]  # fmt: skip

ACTIONS = (
    'linear x [m/s]', 'linear y [m/s]', 'linear z [m/s]',
    'angular x [rad/s]', 'angular y [rad/s]', 'angular z [rad/s]',
)  # fmt: skip
"""Of every dressing policy: a twist of the tool in the base frame."""


MIN_CONFIDENCE = 0.3  # joints less trusted are not acted on


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


def prepare(observation: DressingObservation) -> DressingObservation:
    """What is done to every observation before policy and task see it.

    The cloud is thinned to `MAX_POINTS`; an arm of which no joint is trusted at all is none.

    Raises:
        InvalidInputError: where something is not finite, which no policy can act on.
    """
    arm = observation.arm
    if arm is not None and not np.any(arm.confidence > 0.0):
        arm = None
    chosen = thin(observation.labels, MAX_POINTS)
    cloud = observation.cloud[chosen]
    parts = {'wrench': observation.wrench, 'tool pose': observation.T_base_tool, 'cloud': cloud}
    if arm is not None:
        parts |= {'arm': arm.joints, 'confidence of the arm': arm.confidence}
    for name, values in parts.items():
        if not np.isfinite(values).all():
            raise InvalidInputError(f'{name}: received numbers that are not finite')
    return observation._replace(arm=arm, cloud=cloud, labels=observation.labels[chosen])


def trusted_limb(
    observation: DressingObservation, least: float = MIN_CONFIDENCE
) -> Limb:
    """The perceived arm.

    Args:
        observation: what is perceived.
        least: confidence asked of every joint, 0 to 1.

    Raises:
        PerceptionError: if the arm is not known, or a joint of it is not trusted.
    """
    arm = observation.arm
    if arm is None:
        raise PerceptionError('the arm has not been seen yet')
    weakest = int(np.argmin(arm.confidence))
    if arm.confidence[weakest] < least:
        name = ('shoulder', 'elbow', 'wrist', 'fingertip')[weakest]
        raise PerceptionError(
            f'the {name} is seen with confidence {arm.confidence[weakest]:.2f}, '
            f'below {least:.2f}'
        )
    return Limb(arm.joints)
