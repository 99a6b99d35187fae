"""What the monitor sees of a policy: one step, and the steps of an episode."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import InvalidInputError

__all__ = ['EpisodeTrace', 'TraceShape', 'TraceStep']


class TraceStep(NamedTuple):
    """One decision of a policy, as valet_msgs/PolicyTrace carries it."""

    step: int
    """Decisions before it in this episode."""
    stamp: float
    """Of the observation that it was chosen for [s]."""
    embedding: np.ndarray
    """The policy's view of the observation. Shape (D,)."""
    actions: np.ndarray
    """The chunk that is executed. Shape (H, A)."""
    samples: np.ndarray | None
    """Other chunks that might have been chosen. Shape (B, H, A)."""

    @property
    def is_finite(self) -> bool:
        """Whether every number can be scored."""
        parts = (self.embedding, self.actions, self.samples)
        return bool(np.isfinite(self.stamp)) and all(
            part is None or bool(np.isfinite(part).all()) for part in parts
        )


class TraceShape(NamedTuple):
    """Sizes by which the traces of one policy are told from those of another."""

    embedding: int
    """D, numbers in an embedding."""
    horizon: int
    """H, actions in a chunk."""
    actions: int
    """A, numbers in an action."""
    samples: int
    """B, chunks drawn; 0 without. Any number is as good as another, as long as there are some."""

    @classmethod
    def of(cls, step: TraceStep) -> 'TraceShape':
        """Sizes of a step.

        Raises:
            InvalidInputError: where an array has not the axes that it should have.
        """
        axes = step.embedding.ndim, step.actions.ndim
        drawn = step.samples
        fits = drawn is None or (drawn.ndim == 3 and drawn.shape[1:] == step.actions.shape)
        if axes != (1, 2) or not fits:
            sizes = None if drawn is None else drawn.shape
            shapes = step.embedding.shape, step.actions.shape, sizes
            raise InvalidInputError(
                'trace: received embedding {}, actions {} and samples {}; allowed: (D,), (H, A) '
                'and (B, H, A) or none'.format(*shapes)
            )
        horizon, actions = step.actions.shape
        return cls(len(step.embedding), horizon, actions, 0 if drawn is None else len(drawn))

    def mismatch(self, other: 'TraceShape') -> str:
        """How another policy's sizes differ from these; empty where they do not."""
        for name in ('embedding', 'horizon', 'actions'):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                return (
                    f'{name} size {theirs}, and {mine} is expected: it is of another policy than '
                    'the one the monitor was fitted on'
                )
        return ''


@dataclass(frozen=True)
class EpisodeTrace:
    """The steps of one episode and how it ended.

    Attributes:
        episode_id: tells it from the others.
        policy: name of the policy.
        success: whether it ended well, by whoever judged it.
        period: time between two actions of a chunk [s].
        stamps: of the observations, rising. Shape (T,) [s].
        embedding: shape (T, D).
        actions: the chunks that were executed. Shape (T, H, A).
        samples: the chunks drawn, or None. Shape (T, B, H, A).
        group: such as in or out of distribution; free text.
        ended: when the episode ended, or NaN where nobody noted it [s].
        force: largest force from each step to the next, or None. Shape (T,) [N].
    """

    episode_id: str
    policy: str
    success: bool
    period: float
    stamps: np.ndarray
    embedding: np.ndarray
    actions: np.ndarray
    samples: np.ndarray | None = None
    group: str = ''
    ended: float = float('nan')
    force: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check sizes and order.

        Raises:
            InvalidInputError: naming the episode and what is wrong with it.
        """
        lengths = {len(part) for part in self._parts()}
        if lengths == {0}:
            raise InvalidInputError(f'episode {self.episode_id}: it has no step')
        if len(lengths) > 1:
            raise InvalidInputError(
                f'episode {self.episode_id}: its arrays have {sorted(lengths)} steps; it is cut '
                'off, or put together from several'
            )
        if not self.period > 0.0:
            raise InvalidInputError(
                f'episode {self.episode_id}: period {self.period} is not above 0'
            )
        if not (np.diff(self.stamps) > 0.0).all():
            raise InvalidInputError(f'episode {self.episode_id}: its stamps do not rise')
        try:
            TraceShape.of(self[0])
        except InvalidInputError as error:
            raise InvalidInputError(f'episode {self.episode_id}: {error}') from None

    def __len__(self) -> int:
        return len(self.stamps)

    def __getitem__(self, index: int) -> TraceStep:
        samples = None if self.samples is None else self.samples[index]
        stamp = float(self.stamps[index])
        return TraceStep(index, stamp, self.embedding[index], self.actions[index], samples)

    def __iter__(self) -> Iterator[TraceStep]:
        return (self[index] for index in range(len(self)))

    @property
    def shape(self) -> TraceShape:
        """Its sizes."""
        return TraceShape.of(self[0])

    def _parts(self) -> list[np.ndarray]:
        parts = [self.stamps, self.embedding, self.actions]
        return parts + [p for p in (self.samples, self.force) if p is not None]
