"""What the failure monitor says of a policy, and whether it is an alarm."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ['Verdict']


class Verdict(NamedTuple):
    """Failure scores of one step of a policy, each beside its threshold.

    Attributes:
        alarm: whether the monitor predicts a failure.
        names: of the scores.
        scores: one a name.
        thresholds: one a name.
    """

    alarm: bool
    names: Sequence[str] = ()
    scores: Sequence[float] = ()
    thresholds: Sequence[float] = ()

    def reason(self) -> str:
        """Why it is an alarm; empty where it is none.

        A monitor whose numbers mean nothing watches nothing, so that they are an alarm too:
        NaN is above no threshold, and nothing is above an infinite one.
        """
        sizes = len(self.names), len(self.scores), len(self.thresholds)
        if len(set(sizes)) > 1:
            return '{} names, {} scores and {} thresholds'.format(*sizes)
        found = [*self._unusable(), *(self._above() if self.alarm else ())]
        return ', '.join(found) or ('failure predicted' if self.alarm else '')

    def _rows(self) -> Iterator[tuple[str, float, float]]:
        return zip(self.names, self.scores, self.thresholds, strict=True)

    def _unusable(self) -> Iterator[str]:
        """The numbers that are not finite."""
        for name, score, threshold in self._rows():
            if not math.isfinite(score):
                yield f'score of {name} is {score:g}'
            if not math.isfinite(threshold):
                yield f'threshold of {name} is {threshold:g}'

    def _above(self) -> Iterator[str]:
        for name, score, threshold in self._rows():
            if score > threshold:
                yield f'{name} {score:.3g} > {threshold:.3g}'
