"""What every controller of a mobile base is: a policy whose chunks are one body velocity."""

import abc

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.observation import (
    DriveGoal,
    MobilityObservation,
    check_observation,
)
from valet_core.mobility.control.surroundings import describe
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec

__all__ = ['ACTIONS', 'FRAME', 'Controller']

ACTIONS = ('linear x [m/s]', 'linear y [m/s]', 'angular z [rad/s]')
FRAME = 'base_link'


class Controller(Policy[MobilityObservation, DriveGoal]):
    """Makes for the goal of each observation; `act` is called once a period.

    Attributes:
        embodiment: the base that it is made for.
    """

    def __init__(self, embodiment: Embodiment, period: float) -> None:
        """Take the base; `reset` before use.

        Args:
            embodiment: the base.
            period: time between the calls of `act` [s].
        """
        self.embodiment = embodiment
        self.spec = PolicySpec(period, ACTIONS, FRAME, ('scan', 'odom', 'velocity', 'goal'))
        self._previous: MobilityObservation | None = None

    def reset(self, goal: DriveGoal, seed: int = 0) -> None:
        """Forget the last drive and begin one; see Policy."""
        self._previous = None
        self.begin(seed)

    def act(self, observation: MobilityObservation) -> ActionChunk:
        """Velocity for the next period: vx, vy [m/s], yaw rate [rad/s]; see Policy."""
        check_observation(observation, self.embodiment, self._previous)
        self._previous = observation
        command = self.step(observation)
        return ActionChunk(command[None], self.embed(observation))

    @abc.abstractmethod
    def begin(self, seed: int) -> None:
        """Forget the last drive.

        Args:
            seed: of anything random in the controller.
        """

    @abc.abstractmethod
    def step(self, observation: MobilityObservation) -> np.ndarray:
        """Velocity for the next period, (3,), from an observation that has been checked."""

    def embed(self, observation: MobilityObservation) -> np.ndarray:
        """What it looked at in the last step, (D,), float32."""
        return describe(self.embodiment, observation, observation.goal[:2])

    def rehearse(self) -> None:  # noqa: B027
        """Run once, within a drive, what drives need only rarely, so that it is compiled."""
