"""Keeps a learned command from running into what the scans have shown.

The command is held for a moment and then braked, with the body's own drive model; if that stays
clear it passes unchanged. Otherwise the nearest of some variants that stays clear takes its place.
Ground that was never seen counts as an obstacle: a body does not back up into what it cannot see.
"""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.actions import ActionMap
from valet_core.mobility.body.drive_model import DriveModel, integrate
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.sway import Sway
from valet_core.mobility.control.brake_costs import COLLISION, brake_costs
from valet_core.mobility.control.motion_costs import Discs, simulate
from valet_core.mobility.control.recovery import Recovery
from valet_core.mobility.map.local_map import LocalMap, distance_field
from valet_core.mobility.map.seen_area import SeenArea
from valet_core.mobility.map.wavefront import CostField

__all__ = ['CommandGuard', 'GuardConfig']

SPEEDS = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
TURNS = (0.0, -0.12, 0.12, -0.25, 0.25, -0.5, 0.5, -1.0, 1.0)
SIDES = (0.0, -0.6, 0.6)
AHEAD = (-0.3, 0.15, 0.3)


@dataclasses.dataclass(frozen=True)
class GuardConfig:
    """How far ahead the guard looks and how much room it keeps."""

    hold: float = setting(0.25, 'the command is held for', 's', 0.0, 2.0)
    step: float = setting(0.05, 'step of the prediction', 's', 0.01, 0.5)
    brake: float = setting(1.2, 'longest braking predicted', 's', 0.0, 5.0)
    hard_room: float = setting(0.03, 'room that counts as a collision', 'm', 0.0, 0.5)
    free_room: float = setting(0.05, 'room beyond it from which variants cost nothing', 'm', 0.01)
    near_weight: float = setting(0.3, 'cost of nearness of a variant', '', 0.0, 100.0)
    patience: float = setting(3.0, 'time without progress before it recovers', 's', 0.2, 60.0)

    def __post_init__(self) -> None:
        check(self)


class CommandGuard:
    """Checks commands of one drive.

    Attributes:
        recovery: what it does where there is no progress.
        interventions: commands that did not pass unchanged.
        steps: commands in all.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        period: float,
        config: GuardConfig | None = None,
        cell: float = 0.05,
    ) -> None:
        """Begin a drive.

        Args:
            embodiment: the body.
            period: time between commands [s].
            config: how far it looks.
            cell: side of a cell of the map [m].
        """
        self.config = config or GuardConfig()
        self.embodiment, self._period = embodiment, period
        self._drive = DriveModel(embodiment).parameters
        self._discs, self._map = Discs(embodiment), ActionMap(embodiment)
        self._late = math.ceil(embodiment.actuation.delay / period - 1e-9)
        self._sent: list[np.ndarray] = []
        self._steer = self._steered = 0.0  # rad; where the next command takes effect, and now
        self._sway = Sway(embodiment, period)
        self._variants = _variants(embodiment)
        self.recovery = Recovery(embodiment, period, self.config.patience)
        # A body that sways needs more room.
        self._hard = self.config.hard_room + 0.3 * max(embodiment.actuation.noise[:2])
        self._hard += max(cell - 0.05, 0.0) / 2.0  # as does a coarse map
        self.interventions = self.steps = 0

    def check(
        self,
        action: np.ndarray,
        odom: np.ndarray,
        velocity: np.ndarray,
        local_map: LocalMap,
        seen: SeenArea,
        field: CostField,
        way: float,
    ) -> np.ndarray:
        """The command to send, (3,).

        Args:
            action: (3,) that the policy wants.
            odom: (3,) pose in the odometry frame.
            velocity: (3,) body velocity.
            local_map: obstacles that the scans have shown.
            seen: ground that the scans have shown.
            field: cost to go over it.
            way: cost to go of the present place [m].
        """
        pose, speed = self._predict(odom, velocity)
        distance, origin = self._distances(pose, speed, local_map)
        ahead = _Ahead(pose, speed, self._sway.velocity, distance, origin, local_map.cell, seen)
        self.recovery.watch(way, action)
        if self.recovery.active:
            command = self._recover(action, ahead, local_map, field)
        else:
            command = self._nearest(np.clip(action, -1.0, 1.0), ahead)
        self._sent = [*self._sent, command][-(self._late + 1) :]
        self.steps += 1
        return command

    def _predict(self, odom: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the base will be when the next command takes effect."""
        pose, speed = np.array(odom, dtype=np.float64), np.array(velocity, dtype=np.float64)
        pending = np.array(self._sent[-self._late :] if self._late else []).reshape(-1, 3)
        acted = self._sent[0] if len(self._sent) > self._late else np.zeros(3)
        speed -= self._sway.update(speed, acted)
        swayed = self._sway.velocity * (len(pending) * self._period)
        integrate(pose, swayed[0], swayed[1], swayed[2], 1.0)
        self._steered = self._steering(speed, len(pending))
        self._steer = float(
            simulate(self._drive, pose, speed, self._steered, pending, self._period)
        )
        return pose, speed

    def _steering(self, speed: np.ndarray, pending: int) -> float:
        """Angle of the steered wheels now [rad]: by how it turns, or by what was asked for."""
        steering = self.embodiment.steering
        if steering.wheelbase <= 0.0:
            return 0.0
        if abs(speed[0]) > 0.1:
            angle = math.atan(steering.wheelbase * speed[2] / speed[0])
            return min(max(angle, -steering.max_angle), steering.max_angle)
        acted = np.array(self._sent[: len(self._sent) - pending]).reshape(-1, 3)[-1:]
        return float(
            simulate(self._drive, np.zeros(3), speed.copy(), self._steered, acted, self._period)
        )

    def _distances(
        self, pose: np.ndarray, speed: np.ndarray, local_map: LocalMap
    ) -> tuple[np.ndarray, np.ndarray]:
        top = float(np.hypot(speed[0], speed[1])) + 0.5 * self.embodiment.limits.acceleration
        top = min(top, self.embodiment.limits.forward)
        reach = self.embodiment.radius + 1.0 * top + 0.5
        evidence, origin = local_map.window(pose[:2] - reach, pose[:2] + reach)
        return distance_field(evidence, local_map.cell, self._discs.radius + 0.3), origin

    def _nearest(self, action: np.ndarray, ahead: '_Ahead') -> np.ndarray:
        wanted = self._map.commands(action)
        if self._brake_costs(wanted[None], ahead)[0] < COLLISION:
            return wanted
        self.interventions += 1
        offset, slower = self._variants[:, :3], self._variants[:, 3:]
        scaled = np.concatenate([action[:2] * slower, np.full_like(slower, action[2])], axis=1)
        actions = np.clip(scaled + offset, -1.0, 1.0)
        commands = self._map.commands(actions)
        costs = self._brake_costs(commands, ahead)
        # Where nothing stays clear, what was wanted yields to what is the least bad.
        likeness = 1.0 if costs.min() < COLLISION else 1e-3
        costs += likeness * ((actions - action) ** 2).sum(axis=1)
        return commands[int(np.argmin(costs))]

    def _brake_costs(self, commands: np.ndarray, ahead: '_Ahead') -> np.ndarray:
        """Costs (N,) of holding commands (N, 3) and braking; COLLISION or more is a collision."""
        c, costs = self.config, np.empty(len(commands))
        brake_costs(
            self._drive, ahead.pose, ahead.speed, ahead.sway, self._sway.keep(c.step),
            self._steer, commands, c.step,
            round(c.hold / c.step), round(c.brake / c.step), ahead.distance, ahead.origin,
            ahead.cell, self._discs.centres, self._discs.radius, self._hard, c.free_room,
            c.near_weight, ahead.seen.grid, ahead.seen.origin, ahead.seen.outline, costs,
        )  # fmt: skip
        return costs

    def _recover(
        self, action: np.ndarray, ahead: '_Ahead', local_map: LocalMap, field: CostField
    ) -> np.ndarray:
        """The next command out of a tight place, while it stays clear."""
        self.interventions += 1
        wanted = self.recovery.command(
            ahead.pose, self._steer, local_map, ahead.seen, field, self._hard
        )
        if wanted is None:
            return self._nearest(np.clip(action, -1.0, 1.0), ahead)
        if self._brake_costs(wanted[None], ahead)[0] < COLLISION:
            return wanted
        self.recovery.hinder()
        return self._nearest(self._map.actions(wanted), ahead)


class _Ahead(NamedTuple):
    """Where the next command takes effect, and what is around: distances (X, Y) [m]."""

    pose: np.ndarray
    speed: np.ndarray
    sway: np.ndarray
    distance: np.ndarray
    origin: np.ndarray
    cell: float
    seen: SeenArea


def _variants(embodiment: Embodiment) -> np.ndarray:
    """Offsets of an action (3) and factor of its speed, (V, 4)."""
    sides = SIDES if embodiment.holonomic else (0.0,)
    rows = [(0.0, side, turn, speed) for speed in SPEEDS for turn in TURNS for side in sides]
    rows += [(ahead, 0.0, turn, 0.0) for ahead in AHEAD for turn in (0.0, -0.5, 0.5)]
    return np.array(rows)
