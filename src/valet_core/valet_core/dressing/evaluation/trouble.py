"""What goes wrong in a simulated dressing beside person and garment: camera, commands, cloth."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.common.config import check, setting
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.perception.labels import Label

__all__ = ['Trouble', 'Troubler']

WRIST, FINGERTIP = 2, 3  # rows of the joints


@dataclass(frozen=True)
class Trouble:
    """Of one episode; nothing by default."""

    onset: float = setting(0.0, 'time from which it acts', 's', 0.0, 60.0)
    shift: float = setting(0.0, 'of the camera, so of all that it sees', 'm', 0.0, 0.5)
    turn: float = setting(0.0, 'of the camera about the vertical at the robot', 'deg', 0.0, 45.0)
    hidden: float = setting(
        0.0, 'error of wrist and fingertip, which something hides', 'm', 0.0, 0.5
    )
    dropouts: float = setting(0.0, 'share of the cloud that is lost', '', 0.0, 1.0)
    jitter: float = setting(0.0, 'deviation of each joint, anew each time', 'm', 0.0, 0.2)
    delay: float = setting(0.0, 'of commands', 's', 0.0, 2.0)
    catch_at: float = setting(
        -1.0, 'place of the arm-hole at which it catches, a share of the way from fingertip to '
        'elbow; negative: nowhere', '', -1.0, 2.0,
    )  # fmt: skip
    lose_at: float = setting(-1.0, 'the same at which the gripper loses it', '', -1.0, 2.0)
    seed: int = setting(0, 'of directions and of noise', '', 0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Troubler:
    """Does it to one episode; knows the truth, as the world does, and tells nobody."""

    def __init__(self, trouble: Trouble) -> None:
        """Begin an episode."""
        self._what = trouble
        self._rng = np.random.default_rng([trouble.seed, 9])
        self._way = _unit(self._rng.standard_normal(3))
        self._hides = _unit(self._rng.standard_normal(3))
        self._sign = float(self._rng.choice([-1.0, 1.0]))
        self._waiting: deque[tuple[float, np.ndarray]] = deque()
        self._passed: np.ndarray = np.zeros(6)
        self._caught = trouble.catch_at < 0.0
        self._lost = trouble.lose_at < 0.0

    def act(self, world: DressingWorld) -> None:
        """Let the cloth catch, or the gripper lose it, where it is time for that."""
        if self._caught and self._lost:
            return
        truth = world.truth()
        share = truth.arc / world.person.arm.elbow_arc
        if not self._caught and truth.on_arm and share >= self._what.catch_at:
            world.scene.catch()
            self._caught = True
        if not self._lost and truth.on_arm and share >= self._what.lose_at:
            world.scene.release()
            self._lost = True

    def sense(self, raw: dict[str, Any]) -> dict[str, Any]:
        """What the policy gets of an observation."""
        what = self._what
        sees_well = not (what.shift or what.turn or what.hidden or what.dropouts or what.jitter)
        if sees_well or float(raw['time']) < what.onset:
            return raw
        turned = Rotation.from_euler('z', self._sign * what.turn, degrees=True).as_matrix()
        joints = raw['joints'] @ turned.T + what.shift * self._way
        cloud = (raw['cloud'] @ turned.T + what.shift * self._way).astype(np.float32)
        joints[[WRIST, FINGERTIP]] += what.hidden * self._hides
        joints = joints + what.jitter * self._rng.standard_normal(joints.shape)
        labels = raw['labels'].copy()
        lost = self._rng.random(len(labels)) < what.dropouts
        cloud[lost], labels[lost] = 0.0, Label.OTHER
        return {**raw, 'joints': joints, 'cloud': cloud, 'labels': labels}

    def command(self, time: float, command: np.ndarray) -> np.ndarray:
        """What reaches the robot of a command that is given at a time [s]."""
        if self._what.delay <= 0.0 or time < self._what.onset:
            self._passed = command
            return command
        self._waiting.append((time + self._what.delay, command))
        while self._waiting and self._waiting[0][0] <= time + 1e-9:
            self._passed = self._waiting.popleft()[1]
        return self._passed


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
