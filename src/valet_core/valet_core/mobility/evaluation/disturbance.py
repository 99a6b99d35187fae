"""What goes wrong in a simulated drive: wheels slip, the scanner is partly blind, commands lag."""

import dataclasses
from collections import deque

import numpy as np

from valet_core.common.config import check, setting
from valet_core.mobility.body.sensor import Sensor
from valet_core.mobility.sim.interface import PlanarObservation
from valet_core.mobility.sim.planar_sim import PlanarSim

__all__ = ['Disturbance', 'Disturber']


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """Of one drive; nothing by default."""

    onset: float = setting(0.0, 'time from which it acts', 's', 0.0, 3600.0)
    grip: float = setting(1.0, "share of the wheels' way that the body goes", '', 0.05, 1.0)
    turning_grip: float = setting(1.0, 'the same of turning', '', 0.05, 1.0)
    blind_at: float = setting(0.0, 'middle of the sector without returns', 'deg', -180.0, 180.0)
    blind_width: float = setting(0.0, 'of that sector', 'deg', 0.0, 360.0)
    turned: float = setting(0.0, 'angle that the scanner was knocked by', 'deg', -180.0, 180.0)
    dropouts: float = setting(0.0, 'share of rays without a return, anew each scan', '', 0.0, 1.0)
    delay: float = setting(0.0, 'of commands, beside that of the base', 's', 0.0, 5.0)
    seed: int = setting(0, 'of the dropouts', '', 0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Disturber:
    """Does it to one drive in the planar simulator."""

    def __init__(self, disturbance: Disturbance, sensor: Sensor) -> None:
        """Begin a drive.

        Args:
            disturbance: what is done.
            sensor: of the base.
        """
        self._what, self._sensor = disturbance, sensor
        self._rng = np.random.default_rng(disturbance.seed)
        self._slips = min(disturbance.grip, disturbance.turning_grip) < 1.0
        self._waiting: deque[tuple[float, np.ndarray]] = deque()
        self._passed: np.ndarray = np.zeros(3)
        apart = np.degrees(sensor.angles) - disturbance.blind_at
        self._blind = np.abs((apart + 180.0) % 360.0 - 180.0) < 0.5 * disturbance.blind_width
        self._shift = round(np.radians(disturbance.turned) / sensor.increment)

    def act(self, time: float, sim: PlanarSim) -> None:
        """Let the wheels slip once it is time [s]."""
        if self._slips and time >= self._what.onset:
            grip = self._what.grip
            sim.slip(np.array([grip, grip, self._what.turning_grip]))
            self._slips = False

    def sense(self, time: float, sensed: PlanarObservation) -> PlanarObservation:
        """What the scanner of the one robot says at a time [s]."""
        if time < self._what.onset:
            return sensed
        scan = sensed.scan
        if self._shift:
            scan = np.roll(scan, self._shift, axis=1)
        lost = self._blind
        if self._what.dropouts > 0.0:
            lost = lost | (self._rng.random(len(lost)) < self._what.dropouts)
        scan = np.where(lost, np.float32(self._sensor.range_max), scan)
        return sensed._replace(scan=scan)

    def command(self, time: float, command: np.ndarray) -> np.ndarray:
        """What reaches the base of a command (3,) that is given at a time [s]."""
        if self._what.delay <= 0.0 or time < self._what.onset:
            self._passed = command
            return command
        self._waiting.append((time + self._what.delay, command))
        while self._waiting and self._waiting[0][0] <= time + 1e-9:
            self._passed = self._waiting.popleft()[1]
        return self._passed
