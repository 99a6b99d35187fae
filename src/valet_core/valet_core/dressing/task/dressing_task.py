"""The task of dressing an arm: phase, progress and outcome, from what is perceived."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.dressing.control.observation import DressingObservation, trusted_limb
from valet_core.geometry.limb import Limb
from valet_core.geometry.limb_phase import PHASES, advance_along, phase_at
from valet_core.perception.arm_side import arm_side
from valet_core.perception.labels import Label
from valet_core.policy.outcome import Outcome
from valet_core.policy.task import Task, TaskStatus

__all__ = ['DressingTask', 'DressingTaskConfig', 'perceived_ratio']

WORN = 0.12  # from the arm's axis, within which cloth is taken for worn [m]
ADVANCE = 0.002  # of the tool along the arm that counts as progress [m]


@dataclass(frozen=True)
class DressingTaskConfig:
    """When a dressing has succeeded, and when it gets nowhere."""

    stall_timeout: float = setting(8.0, 'longest time without progress', 's', 0.5, 120.0)
    success_ratio: float = setting(
        0.8, 'dressed share of the whole arm, as perceived, that counts as success', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class DressingTask(Task[DressingObservation]):
    """Follows the tool along the perceived arm.

    Before anything else it holds the goal against what is seen: the other arm of the person is
    not dressed in place of the one that was asked for.
    """

    def __init__(self, config: DressingTaskConfig, side: str | None = None) -> None:
        """Begin an episode.

        Args:
            config: success and patience.
            side: of the goal, the person's own 'right' or 'left'; None: whichever is seen.
        """
        self._config, self._side = config, side
        self._advance = -np.inf
        self._moved: float | None = None

    def status(self, observation: DressingObservation) -> TaskStatus:
        """Where the tool is along the arm, and how much of the arm is dressed.

        Raises:
            PerceptionError: if the arm is not known, a joint of it is not trusted, or its side
                cannot be told.
        """
        limb = trusted_limb(observation)
        refusal = self._refusal(limb, observation)
        if refusal is not None:
            return refusal
        advance = advance_along(limb, observation.T_base_tool[:3, 3])
        phase, ratio = phase_at(limb, advance), _ratio(limb, observation, advance)
        if self._moved is None or advance > self._advance + ADVANCE:
            self._advance, self._moved = advance, observation.time
        elif observation.time - self._moved > self._config.stall_timeout:
            why = f'no progress for {self._config.stall_timeout} s in phase {phase!r}'
            return TaskStatus(phase, ratio, Outcome.MOTION_FAILED, why)
        return TaskStatus(phase, ratio)

    def _refusal(self, limb: Limb, observation: DressingObservation) -> TaskStatus | None:
        """The end of a goal for the other arm; None where it is this one, once that is known."""
        if self._side is None:
            return None
        seen = arm_side(limb.joints, observation.cloud, observation.labels)
        if seen != self._side:
            why = f"the goal is the person's {self._side} arm, and the {seen} one is seen"
            return TaskStatus(PHASES[0], 0.0, Outcome.INVALID_GOAL, why)
        self._side = None
        return None

    def verdict(self, observation: DressingObservation) -> TaskStatus:
        """Dressed far enough, or not.

        Raises:
            PerceptionError: if the arm is not known, or a joint of it is not trusted.
        """
        limb = trusted_limb(observation)
        advance = advance_along(limb, observation.T_base_tool[:3, 3])
        phase, ratio = phase_at(limb, advance), _ratio(limb, observation, advance)
        wanted = self._config.success_ratio
        if ratio >= wanted:
            message = f'the arm is dressed to {ratio:.0%}'
            return TaskStatus(phase, ratio, Outcome.SUCCEEDED, message)
        message = f'at the end of the path the arm is dressed to {ratio:.0%}, below {wanted:.0%}'
        return TaskStatus(phase, ratio, Outcome.MOTION_FAILED, message)


def perceived_ratio(limb: Limb, observation: DressingObservation) -> float:
    """Dressed share of forearm and upper arm, as perceived, 0 to 1.

    The opening cannot be farther up the arm than the tool that draws it, nor than the garment is
    seen around the arm.
    """
    return _ratio(limb, observation, advance_along(limb, observation.T_base_tool[:3, 3]))


def _ratio(limb: Limb, observation: DressingObservation, advance: float) -> float:
    cloth = observation.cloud[observation.labels == Label.GARMENT]
    around = limb.project(cloth.astype(float)) if len(cloth) else None
    if around is None or not (near := around.distance < WORN).any():
        return 0.0
    seen = float(np.percentile(around.arc[near], 98))
    return limb.dressed_ratios(min(max(advance, 0.0), seen))[1]
