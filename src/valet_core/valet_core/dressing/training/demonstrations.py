"""What a student is trained on: what a teacher saw and would have done, one file an episode."""

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError, PerceptionError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation
from valet_core.perception.labels import Label
from valet_core.policy.interface import ActionChunk, Policy

__all__ = [
    'Demonstration', 'LabellingPolicy', 'near_teacher', 'read_demonstration',
    'write_demonstration',
]  # fmt: skip


class Demonstration(NamedTuple):
    """Moments of one episode, in the base frame."""

    time: np.ndarray
    """[s]. Shape (n,)."""
    joints: np.ndarray
    """Of the perceived arm [m]. Shape (n, 4, 3)."""
    garment: np.ndarray
    """Points of the garment, those that are missing NaN [m]. Shape (n, p, 3), float16."""
    T_base_tool: np.ndarray
    """Shape (n, 4, 4)."""
    wrench: np.ndarray
    """[N], [N m], tool frame. Shape (n, 6)."""
    actions: np.ndarray
    """The teacher's chunk. Shape (n, H, 6)."""
    done: np.ndarray
    """Whether the teacher had nothing left to do. Shape (n,)."""


class LabellingPolicy(Policy[DressingObservation, DressingGoal]):
    """Lets one policy act and notes what a teacher would have done at the same moments."""

    def __init__(
        self,
        teacher: Policy[DressingObservation, DressingGoal],
        actor: Policy[DressingObservation, DressingGoal] | None = None,
    ) -> None:
        """Take the policies.

        Args:
            teacher: whose chunks are noted.
            actor: whose are carried out; by default the teacher's.
        """
        self.teacher, self.actor = teacher, actor
        self.spec = (actor or teacher).spec
        self._rows: list[tuple[DressingObservation, ActionChunk]] = []

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Begin an episode, and forget the last."""
        self._rows = []
        self.teacher.reset(goal, seed)
        if self.actor is not None:
            self.actor.reset(goal, seed)

    def act(self, observation: DressingObservation) -> ActionChunk:
        """The actor's chunk; the teacher's is noted.

        Raises:
            PerceptionError: where the arm is not known.
        """
        chunk = self.teacher.act(observation)
        if observation.arm is None:
            raise PerceptionError('the arm has not been seen yet')
        self._rows.append((observation, chunk))
        return chunk if self.actor is None else self.actor.act(observation)

    def demonstration(self) -> Demonstration:
        """What was noted since the reset."""
        seen = [row[0] for row in self._rows]
        clouds = [o.cloud[o.labels == Label.GARMENT] for o in seen]
        most = max((len(c) for c in clouds), default=0)
        garment = np.full((len(seen), most, 3), np.nan, dtype=np.float16)
        for row, cloud in zip(garment, clouds, strict=True):
            row[: len(cloud)] = cloud
        joints = [o.arm.joints for o in seen if o.arm is not None]
        return Demonstration(
            time=np.array([o.time for o in seen], dtype=np.float32),
            joints=np.array(joints, dtype=np.float32).reshape(-1, 4, 3),
            garment=garment,
            T_base_tool=np.array([o.T_base_tool for o in seen], np.float32).reshape(-1, 4, 4),
            wrench=np.array([o.wrench for o in seen], dtype=np.float32).reshape(-1, 6),
            actions=np.array([c.actions for _, c in self._rows], dtype=np.float32),
            done=np.array([c.wants_stop for _, c in self._rows], dtype=bool),
        )


def near_teacher(made: Demonstration, shown: Demonstration, gate: float) -> Demonstration:
    """Moments up to the first at which the tool is far from where the teacher has been.

    What comes after it is left out too, as the teacher's own state has left its data by then.

    Args:
        made: what is restricted.
        shown: by the teacher itself, in the same cell.
        gate: what is far [m].
    """
    places, known = made.T_base_tool[:, :3, 3], shown.T_base_tool[:, :3, 3]
    gaps = np.linalg.norm(places[:, None] - known[None], axis=-1).min(axis=1, initial=np.inf)
    far = gaps > gate
    count = int(far.argmax()) if far.any() else len(far)
    return Demonstration(*(values[:count] for values in made))


def write_demonstration(path: Path, demonstration: Demonstration) -> None:
    """Write a .npz file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix('.part')
    with part.open('wb') as file:
        np.savez_compressed(file, **demonstration._asdict())
    part.replace(path)


def read_demonstration(path: Path) -> Demonstration:
    """Read what `write_demonstration` wrote.

    Raises:
        InvalidInputError: if it is missing, cut off or something else.
    """
    try:
        with np.load(path) as data:
            return Demonstration(**{name: data[name] for name in Demonstration._fields})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f'{path}: no demonstration: {error}') from error
