"""Notices that a drive makes no progress, drives a maneuver out, and remembers dead ends."""

import math

import numpy as np

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.maneuver_search import Leg, Maneuver, ManeuverSearch
from valet_core.mobility.map.local_map import LocalMap
from valet_core.mobility.map.seen_area import SeenArea
from valet_core.mobility.map.wavefront import CLOSED_ROOM, CostField, trace

__all__ = ['Recovery']

WAVERING = 0.12  # action below which a policy wavers between two ways
PROGRESS = 0.15  # m of the way that count as progress
LONGEST = 20.0  # s of one recovery
PAUSE = 1.0  # s between two searches
STEER_SPEED = 0.01  # m/s at which steered wheels turn on the spot
STEERED = 0.1  # rad within which they stand right


class Recovery:
    """Of one drive.

    Attributes:
        search: of maneuvers.
        active: whether a maneuver is being driven.
        dead_end: place (2,) in the odometry frame that no maneuver led out of along the way; for
            the planner of the way, which takes it.
    """

    def __init__(self, embodiment: Embodiment, period: float, patience: float) -> None:
        """Begin a drive.

        Args:
            embodiment: the body.
            period: time between commands [s].
            patience: time without progress before it acts [s].
        """
        self._embodiment, self._period, self._patience = embodiment, period, patience
        self.search = ManeuverSearch(embodiment)
        self._lag = embodiment.actuation.time_constant
        self.active = False
        self.dead_end: np.ndarray | None = None
        self._best_way, self._since, self._lasted = np.inf, 0.0, 0.0
        self._legs: list[Leg] = []
        self._found, self._begun = False, np.zeros(3)
        self._wait = 0.0
        self._stuck_at: list[np.ndarray] = []
        self._noted = False

    def take_dead_end(self) -> np.ndarray | None:
        """The dead end met since the last call, if any."""
        place, self.dead_end = self.dead_end, None
        return place

    def watch(self, way: float, action: np.ndarray) -> None:
        """Become active where there was no progress for long.

        Args:
            way: cost to go [m].
            action: (3,) that the policy wants.
        """
        if self.active:
            self._lasted += self._period
            if self._lasted > LONGEST:
                self._end()
            return
        if way < self._best_way - PROGRESS:
            self._best_way, self._since = way, 0.0
            return
        self._since += self._period * (3.0 if np.abs(action).max() < WAVERING else 1.0)
        if self._since > self._patience:
            self.active, self._lasted, self._legs, self._wait = True, 0.0, [], 0.0
            self._found = self._noted = False

    def hinder(self) -> None:
        """Search again: the command could not be driven."""
        self._legs = []

    def command(
        self,
        pose: np.ndarray,
        steer: float,
        local_map: LocalMap,
        seen: SeenArea,
        field: CostField,
        hard: float,
    ) -> np.ndarray | None:
        """Velocity (3,) to drive; None where the maneuver has ended or there is none.

        Args:
            pose: (3,) where the command takes effect.
            steer: angle of steered wheels there [rad].
            local_map: obstacles.
            seen: ground that the scans have shown.
            field: cost to go.
            hard: room that counts as a collision [m].
        """
        self._wait -= self._period
        while self._legs and self._is_done(self._legs[0], pose):
            self._legs.pop(0)
            if not self._legs and self._found:
                self._end()
                return None
            if len(self._legs) > 0:
                self._begin_leg(pose)
        if not self._legs:
            if self._wait > 0.0:
                return None
            self._remember(pose, field)
            maneuver = self.search.find(pose, local_map, seen, field, hard)
            self._take(maneuver, pose, field)
            if not self._legs:
                self._end()
                return None
        return self._velocity(self._legs[0].command, steer)

    def _velocity(self, command: np.ndarray, steer: float) -> np.ndarray:
        """The leg's velocity (3,), or, before steered wheels stand right, hardly any."""
        steering = self._embodiment.steering
        if steering.wheelbase > 0.0:
            angle = math.atan(steering.wheelbase * command[2] / command[0])
            if abs(angle - steer) > STEERED:
                return command * STEER_SPEED / abs(command[0])
        return command.copy()

    def _remember(self, pose: np.ndarray, field: CostField) -> None:
        """A place where the base is stuck for the second time is a dead end."""
        if self._noted:
            return
        self._noted = True
        near = max(0.5, self._embodiment.radius)
        if any(math.hypot(*(place - pose[:2])) < near for place in self._stuck_at):
            self.dead_end = self._ahead_of(pose[:2], field)
            self._stuck_at.clear()
        self._stuck_at.append(pose[:2].copy())

    def _take(self, maneuver: Maneuver, pose: np.ndarray, field: CostField) -> None:
        self._legs, self._found, self._wait = list(maneuver.legs), maneuver.found, PAUSE
        if not maneuver.found:
            self.dead_end = self._ahead_of(maneuver.end, field)
            self._legs = []
        if self._legs:
            self._begin_leg(pose)

    def _ahead_of(self, place: np.ndarray, field: CostField) -> np.ndarray:
        """Where the way from the last place within reach cannot be driven on."""
        way = trace(field, place, 2.0)
        if len(way) == 0:
            return place
        beyond = self._embodiment.half_width + CLOSED_ROOM
        far = np.linalg.norm(way - place, axis=1)
        return way[min(int(np.searchsorted(far, beyond)), len(way) - 1)]

    def _begin_leg(self, pose: np.ndarray) -> None:
        self._begun = pose.copy()

    def _is_done(self, leg: Leg, pose: np.ndarray) -> bool:
        speed = math.hypot(leg.command[0], leg.command[1])
        if speed > 0.0:
            gone = math.hypot(*(pose[:2] - self._begun[:2]))
        else:
            speed = abs(leg.command[2])
            gone = abs(math.remainder(pose[2] - self._begun[2], 2.0 * math.pi))
        return gone >= leg.length - speed * self._lag

    def _end(self) -> None:
        self.active, self._legs = False, []
        self._best_way, self._since = np.inf, 0.0
