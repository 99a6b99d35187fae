"""The planner with the setting that dressed the most alike arm and garment of an archive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from valet_core.common.config import from_mapping
from valet_core.common.errors import ConfigError, InvalidInputError
from valet_core.dressing.control.observation import (
    DressingGoal,
    DressingObservation,
    trusted_limb,
)
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.dressing.control.planner_config import PlannerConfig
from valet_core.geometry.limb import Limb
from valet_core.policy.interface import ActionChunk, Policy

__all__ = ['Lesson', 'TaughtPlanner', 'arm_directions', 'taught_planner_of']

OTHER_GARMENT = 0.5  # how far off another garment is, beside the arm's directions
MIRROR = np.array([1.0, -1.0, 1.0])


class Lesson(NamedTuple):
    """A cell that was dressed, and how."""

    garment: str
    """Its kind."""
    directions: np.ndarray
    """See `arm_directions`. Shape (6,)."""
    planner: PlannerConfig
    """That dressed it."""
    path: PathConfig
    """That dressed it."""


class TaughtPlanner(Policy[DressingObservation, DressingGoal]):
    """Chooses a planner once it sees the arm, and leaves the rest to it.

    Attributes:
        chosen: the lesson that is followed; None before the arm was seen.
    """

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        """Take the lessons.

        Raises:
            InvalidInputError: where there is none.
        """
        if not lessons:
            raise InvalidInputError('lessons: received none; allowed: one and more')
        self._lessons = list(lessons)
        self._directions = np.stack([lesson.directions for lesson in lessons])
        self.spec = DressingPlanner().spec
        self.reset(DressingGoal(), 0)

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Begin an episode."""
        self._goal, self._seed = goal, seed
        self.chosen: Lesson | None = None
        self._planner: DressingPlanner | None = None

    def act(self, observation: DressingObservation) -> ActionChunk:
        """Twists of the chosen planner.

        Raises:
            PerceptionError: if the arm is not known, or a joint of it is not trusted.
        """
        if self._planner is None:
            self.chosen = self._nearest(trusted_limb(observation))
            self._planner = DressingPlanner(self.chosen.planner, self.chosen.path)
            self._planner.reset(self._goal, self._seed)
        return self._planner.act(observation)

    def _nearest(self, limb: Limb) -> Lesson:
        seen = arm_directions(limb, self._goal.side)
        gaps = np.linalg.norm(self._directions - seen, axis=1)
        other = [lesson.garment != self._goal.garment for lesson in self._lessons]
        return self._lessons[int(np.argmin(gaps + OTHER_GARMENT * np.array(other)))]


def arm_directions(limb: Limb, side: str) -> np.ndarray:
    """Unit vectors along forearm and upper arm, base frame, as for a right arm. Shape (6,)."""
    flip = MIRROR if side == 'left' else np.ones(3)
    shoulder, elbow, wrist, _ = limb.joints * flip
    pieces = np.stack([elbow - wrist, shoulder - elbow])
    return (pieces / np.linalg.norm(pieces, axis=1, keepdims=True)).ravel()


def taught_planner_of(folder: Path, config: dict[str, Any]) -> TaughtPlanner:
    """The policy of a model folder, whose config.json holds the `lessons`.

    Raises:
        InvalidInputError: where something in it is wrong.
    """
    where = str(folder / 'config.json')
    lessons = config.get('lessons')
    if not isinstance(lessons, list):
        raise InvalidInputError(f'{where}: lessons: received {lessons!r}; allowed: a list')
    try:
        return TaughtPlanner([_lesson(row, where) for row in lessons])
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f'{where}: no lesson: {error}') from error


def _lesson(row: dict[str, Any], where: str) -> Lesson:
    directions = np.array(row['directions'], dtype=float)
    if directions.shape != (6,) or not np.isfinite(directions).all():
        raise ValueError(f'directions: received {row["directions"]!r}; allowed: six numbers')
    return Lesson(
        str(row['garment']), directions, from_mapping(PlannerConfig, row['planner'], where),
        from_mapping(PathConfig, row['path'], where),
    )  # fmt: skip
