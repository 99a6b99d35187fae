"""A study of a task: named conditions, and episodes of them that are recorded in parallel.

A condition is a small setting of the task's world. Some are what the policy was made for, others
are not: that is fixed by their names, before any episode runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.common.pool import run_parallel
from valet_core.monitor.recording import SUFFIX, read_episode, write_episode
from valet_core.monitor.trace import EpisodeTrace

__all__ = [
    'Combination', 'Condition', 'Study', 'Trial', 'is_inside', 'plan_trials', 'record_trials',
]  # fmt: skip


class Condition(NamedTuple):
    """A setting of the world under which episodes are made."""

    name: str
    inside: bool
    """Whether it is of the distribution that the policy and the thresholds are made for."""
    about: str
    """What it does, for tables."""

    @property
    def group(self) -> str:
        """Of its episodes, as recordings hold it: 'in usual', 'out slip'."""
        return f'{"in" if self.inside else "out"} {self.name}'


class Combination(NamedTuple):
    """Several scores as one method."""

    scores: tuple[str, ...]
    rule: str
    """'and' or 'or'."""


class Trial(NamedTuple):
    """One episode to be made."""

    condition: Condition
    number: int
    """Of the trials of its condition."""
    seed: int
    """Of everything random in it, its own."""

    @property
    def name(self) -> str:
        """Of its episode and file."""
        return f'{self.condition.name}-{self.number:04d}-{self.seed:08x}'


@dataclass(frozen=True)
class Study:
    """What is evaluated of a task. All of it is fixed before the test.

    Attributes:
        task: its name.
        conditions: the first is the usual one.
        trial: makes an episode; a function of a module, as it crosses to processes.
        scores: that are compared.
        methods: combinations that are compared beside the scores alone, each with its rule.
        proposed: name of the method that is ours to use.
        window: steps over which scores are summed.
        position: numbers of an action that make a position, for entropies.
    """

    task: str
    conditions: tuple[Condition, ...]
    trial: Callable[[Trial], EpisodeTrace]
    scores: tuple[str, ...]
    methods: tuple[Combination, ...]
    proposed: str
    window: int
    position: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        """Check that the conditions have names of their own."""
        names = [c.name for c in self.conditions]
        if len(set(names)) < len(names) or not any(c.inside for c in self.conditions):
            raise InvalidInputError(
                f'conditions: received {", ".join(names)}; allowed: different names, one inside'
            )

    def condition(self, name: str) -> Condition:
        """A condition by its name.

        Raises:
            InvalidInputError: for an unknown one, naming those there are.
        """
        for condition in self.conditions:
            if condition.name == name:
                return condition
        allowed = ', '.join(c.name for c in self.conditions)
        raise InvalidInputError(f'condition: received {name!r}; allowed: {allowed}')


def is_inside(group: str) -> bool:
    """Whether an episode's group is of the usual distribution."""
    return group.split(' ')[0] == 'in'


def plan_trials(study: Study, count: int, seed: int) -> list[Trial]:
    """Trials in an order that can be cut off anywhere: half of them inside, the others in turn.

    Args:
        study: of the task.
        count: of trials.
        seed: of all of them.

    Raises:
        InvalidInputError: for a count below 1.
    """
    if count < 1:
        raise InvalidInputError(f'episodes: received {count}; allowed: 1 or more')
    inside = [c for c in study.conditions if c.inside]
    outside = [c for c in study.conditions if not c.inside] or inside
    trials = []
    for index in range(count):
        some = inside if index % 2 == 0 else outside
        turn = index // 2
        condition, number = some[turn % len(some)], turn // len(some)
        place = study.conditions.index(condition)
        own = int(np.random.SeedSequence((seed, place, number)).generate_state(1)[0])
        trials.append(Trial(condition, number, own))
    return trials


def record_trials(
    study: Study, trials: Sequence[Trial], folder: Path, processes: int
) -> Iterator[tuple[Trial, EpisodeTrace]]:
    """Make the episodes that are not in the folder yet, and write each as it is finished.

    Args:
        study: of the task.
        trials: what is wanted.
        folder: of recordings; made if it is not there.
        processes: to share the work among.

    Yields:
        Each trial with its episode, those that were there first.
    """
    here = {trial.name: folder / f'{trial.name}{SUFFIX}' for trial in trials}
    missing = [trial for trial in trials if not here[trial.name].is_file()]
    for trial in trials:
        if trial not in missing:
            yield trial, read_episode(here[trial.name])
    for index, episode in run_parallel(study.trial, missing, processes):
        write_episode(folder, episode)
        yield missing[index], episode
