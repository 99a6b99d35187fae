"""Drives a route by a controller, rests at its end and turns to the heading asked for."""

import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import blocked, scan_points
from valet_core.mobility.control.following.arrival import Arrival
from valet_core.mobility.control.following.drive_config import DriveConfig
from valet_core.mobility.control.following.retreat import Retreat, Trail
from valet_core.mobility.control.following.stall_watch import StallWatch
from valet_core.mobility.control.observation import DriveGoal, MobilityObservation
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec

__all__ = ['RouteFollower']

CREEP = 0.1  # m/s that is always allowed near the goal
TURN_GAIN = 1.5  # 1/s, of the turn to the goal's heading
REST = np.zeros(3)


class RouteFollower(Policy[MobilityObservation, DriveGoal]):
    """Aims a controller along the route; slows, settles, aligns and recovers by itself.

    It wants to stop where it rests at the goal, where there is no room to turn to the heading,
    and where it is stuck once more after its recoveries.
    """

    def __init__(
        self,
        controller: Policy[MobilityObservation, DriveGoal],
        embodiment: Embodiment,
        config: DriveConfig,
    ) -> None:
        """Take the controller; `reset` before use.

        Args:
            controller: made for the base; makes for the goal of its observations.
            embodiment: the base.
            config: tolerances and patience.
        """
        self._controller, self._embodiment, self._config = controller, embodiment, config
        inner = controller.spec
        self.spec = PolicySpec(
            inner.period, inner.actions, inner.frame, (*inner.observations, 'route')
        )

    def reset(self, goal: DriveGoal, seed: int) -> None:
        """Begin a drive; see Policy."""
        self._goal, self._seed = goal, seed
        self._arrival = Arrival(self._embodiment, self._config, goal)
        self._watch = StallWatch(self._config)
        self._trail = Trail()
        self._retreat: Retreat | None = None
        self._embedding: np.ndarray | None = None
        self._controller.reset(goal, seed)

    def act(self, observation: MobilityObservation) -> ActionChunk:
        """Velocity for the next period, chunks of one; see Policy."""
        self._arrival.update(observation)
        if self._retreat is None:
            self._trail.add(observation.odom[:2])
        if self._arrival.stage == 'drive':
            return self._drive(observation)
        self._retreat = None
        if self._arrival.stage == 'settle':
            return self._chunk(REST, observation, self._arrival.done)
        return self._align(observation)

    def _drive(self, observation: MobilityObservation) -> ActionChunk:
        here = observation.odom[:2]
        left = self._arrival.route.remaining(here)
        if self._watch.update(observation.time, here, left) is not None:
            self._retreat = Retreat(
                self._embodiment, self._trail, observation.odom, self._config.retreat_distance,
                observation.time,
            )  # fmt: skip
        if self._watch.count > self._config.recoveries:
            return self._chunk(REST, observation, True)
        if self._retreat is not None:
            return self._recover(observation)
        chunk = self._aimed(observation)
        return chunk._replace(actions=self._slowed(chunk.actions[0])[None])

    def _aimed(self, observation: MobilityObservation) -> ActionChunk:
        """What the controller does, made for a point of the route ahead."""
        aim = self._arrival.route.ahead(self._config.lookahead)
        chunk = self._controller.act(
            observation._replace(goal=np.array([*aim, math.nan]), route=None)
        )
        self._embedding = chunk.embedding
        return chunk

    def _slowed(self, command: np.ndarray) -> np.ndarray:
        """The command as slow as it takes to rest at the goal; the curve stays."""
        room = max(self._arrival.away - 0.5 * self._config.goal_tolerance, 0.0)
        most = CREEP + math.sqrt(self._embodiment.limits.acceleration * room)
        speed = math.hypot(*command[:2])
        return command * min(1.0, most / speed) if speed > 0.0 else command

    def _recover(self, observation: MobilityObservation) -> ActionChunk:
        assert self._retreat is not None
        points = scan_points(self._embodiment, observation.scan)
        command = self._retreat.step(observation.odom, points, observation.time)
        if command is not None:
            return self._chunk(command, observation)
        # What the map held may be what it was stuck on.
        self._retreat = None
        self._controller.reset(self._goal, self._seed + self._watch.count)
        return self._chunk(REST, observation)

    def _align(self, observation: MobilityObservation) -> ActionChunk:
        """Turn on the spot while there is room."""
        left, limits = self._arrival.turn, self._embodiment.limits
        braking = math.sqrt(2.0 * 0.5 * limits.yaw_acceleration * abs(left))
        rate = min(TURN_GAIN * abs(left) + 0.1, braking, 0.7 * limits.yaw_rate)
        command = np.array([0.0, 0.0, math.copysign(rate, left)])
        points = scan_points(self._embodiment, observation.scan)
        if blocked(self._embodiment, points, command, 0.4, 0.0):
            return self._chunk(REST, observation, True)
        return self._chunk(command, observation)

    def _chunk(
        self, command: np.ndarray, observation: MobilityObservation, wants_stop: bool = False
    ) -> ActionChunk:
        """A command of its own, with what the controller saw when it was asked last."""
        if self._embedding is None:
            self._aimed(observation)
        assert self._embedding is not None
        return ActionChunk(command[None], self._embedding, wants_stop=wants_stop)
