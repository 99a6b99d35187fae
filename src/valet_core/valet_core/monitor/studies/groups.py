"""Test episodes by their group: who raises alarms, and whose scores are higher."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from valet_core.monitor.metrics import Detection
from valet_core.monitor.series import ScoredEpisode
from valet_core.monitor.studies.study import is_inside

__all__ = ['KINDS', 'by_group', 'kind_of', 'score_order', 'success_in']

KINDS = ('success in', 'success out', 'failure in', 'failure out')
"""In the order in which mean scores should rise."""


class _Grouped(Protocol):
    @property
    def success(self) -> bool: ...

    @property
    def group(self) -> str: ...


def kind_of(episode: _Grouped) -> str:
    """Which of `KINDS` an episode is."""
    place = 'in' if is_inside(episode.group) else 'out'
    return f'{"success" if episode.success else "failure"} {place}'


def success_in(episode: _Grouped) -> bool:
    """Whether it is a success of the usual distribution."""
    return kind_of(episode) == KINDS[0]


def by_group(
    tables: Sequence[Mapping[str, Sequence[tuple[ScoredEpisode, Detection]]]],
) -> dict[str, Any]:
    """Share of episodes with an alarm, over all splits.

    Args:
        tables: one a split: by method, what it made of each test episode.

    Returns:
        By method, then by group and by kind: `{'failures': {'alarms', 'episodes'}, 'successes':
        {...}}` with counts as means over the splits.
    """
    out: dict[str, Any] = {}
    for name in tables[0]:
        counts: dict[str, dict[str, list[int]]] = {}
        for table in tables:
            for episode, found in table.get(name, ()):
                outcome = 'successes' if episode.success else 'failures'
                row = counts.setdefault(episode.group, {}).setdefault(outcome, [0, 0])
                row[0] += found.first_alarm is not None
                row[1] += 1
        out[name] = {
            group: {
                outcome: {'alarms': row[0] / len(tables), 'episodes': row[1] / len(tables)}
                for outcome, row in rows.items()
            }
            for group, rows in sorted(counts.items())
        }
    return out


def score_order(
    tests: Sequence[Sequence[ScoredEpisode]], names: Sequence[str]
) -> dict[str, Any]:
    """Mean score of each kind of episode, each episode counted alike.

    Args:
        tests: test episodes of each split.
        names: of the scores.

    Returns:
        By score `means`, by kind, and `holds`: whether successes inside have no more than those
        outside, these less than failures inside, and these no more than failures outside; None
        where there is no episode of a kind.
    """
    out = {}
    for name in names:
        means: dict[str, float | None] = {}
        for kind in KINDS:
            rows = [float(e.scores[name].mean()) for t in tests for e in t if kind_of(e) == kind]
            means[kind] = float(np.mean(rows)) if rows else None
        a, b, c, d = (means[kind] for kind in KINDS)
        holds = None
        if a is not None and b is not None and c is not None and d is not None:
            holds = a <= b < c <= d
        out[name] = {'means': means, 'holds': holds}
    return out
