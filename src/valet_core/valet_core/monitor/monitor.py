"""The monitor of a running policy: scores, windows, thresholds, one alarm."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from valet_core.common.errors import InvalidInputError
from valet_core.monitor.detector import Detector
from valet_core.monitor.order import Counts, StreamOrder
from valet_core.monitor.scores.score import Score
from valet_core.monitor.trace import TraceShape, TraceStep
from valet_core.monitor.window import MovingSum

__all__ = ['Monitor', 'Reading']


class Reading(NamedTuple):
    """What the monitor says of a step."""

    names: tuple[str, ...]
    scores: tuple[float, ...]
    """Sums over the window; not a number where a step cannot be scored."""
    thresholds: tuple[float, ...]
    alarm: bool
    reason: str
    """Why it is an alarm; empty where it is none."""


class Monitor:
    """Scores a policy's steps as they come, with the clock passed in.

    An episode begins with step 0. Where steps are missing, each is taken to have scored as the
    last one did, so that windows and bands stay in time. A step that is not finite, has no
    samples where a score needs them, or is of another policy has no score: that is an alarm.

    Attributes:
        alpha: certified bound on the rate of false alarms in an episode.
        policy: name of the policy that it was fitted on.
    """

    def __init__(
        self,
        scores: Sequence[Score],
        detector: Detector,
        window: int,
        shape: TraceShape,
        policy: str = '',
        max_age: float = math.inf,
    ) -> None:
        """Start before the first step.

        Args:
            scores: fitted, one for each name of the detector.
            detector: thresholds and rule, certified.
            window: steps over which scores are summed.
            shape: of the traces of its policy.
            policy: its name.
            max_age: of a step, beyond which it counts as late [s].

        Raises:
            InvalidInputError: where the thresholds certify nothing, or there are other scores.
        """
        names = tuple(score.name for score in scores)
        if names != detector.names:
            raise InvalidInputError(f'scores: received {names}; allowed: {detector.names}')
        if detector.refusal:
            raise InvalidInputError(f'a monitor that cannot raise an alarm: {detector.refusal}')
        self.alpha, self.policy, self.shape = detector.alpha, policy, shape
        self.scores, self.detector, self.window = tuple(scores), detector, window
        self._sums = [MovingSum(window) for _ in scores]
        self._raw = [0.0] * len(scores)
        self._order = StreamOrder(max_age)
        self._longest = max(len(t.band) for t in detector.thresholds)
        self._fixed = self._longest == 1  # a constant threshold has no end
        self.reset()

    @property
    def counts(self) -> Counts:
        """What has happened to the steps."""
        return self._order.counts

    def reset(self) -> None:
        """Forget the episode."""
        self._order.forget()
        self._clear()

    def step(self, step: TraceStep, now: float | None = None) -> Reading | None:
        """Take a step; None for one that comes after a newer one, or again.

        Args:
            step: of the policy.
            now: time of arrival, to tell what is late [s].
        """
        place = self._order.take(step, now)
        if place is None:
            return None
        begins, missing = place
        if begins:
            self._clear()
        for total, raw in zip(self._sums, self._raw, strict=True):
            for _ in range(min(missing, self.window)):
                total.step(raw)
        self.counts.beyond += not self._fixed and step.step >= self._longest
        problem = self._problem(step)
        if problem:
            self.counts.unusable += 1
            self._raw = [math.nan] * len(self.scores)
        else:
            self._raw = [score.step(step) for score in self.scores]
        sums = [total.step(raw) for total, raw in zip(self._sums, self._raw, strict=True)]
        return self._read(step.step, sums, problem)

    def _clear(self) -> None:
        self._raw = [0.0] * len(self.scores)
        for score, total in zip(self.scores, self._sums, strict=True):
            score.reset()
            total.reset()

    def _problem(self, step: TraceStep) -> str:
        """Why a step cannot be scored; empty where it can."""
        try:
            shape = TraceShape.of(step)
        except InvalidInputError as error:
            return str(error)
        needs = [score.name for score in self.scores if score.needs_samples]
        if needs and not shape.samples:
            return f'the trace has no samples, and {", ".join(needs)} needs them'
        if not step.is_finite:
            return 'the trace has a number that is not finite'
        wrong = self.shape.mismatch(shape)
        return f'trace: {wrong}' if wrong else ''

    def _read(self, index: int, sums: list[float], problem: str) -> Reading:
        thresholds = self.detector.thresholds
        flags = [t.flag(index, value) for t, value in zip(thresholds, sums, strict=True)]
        broken = [n for n, v in zip(self.detector.names, sums, strict=True) if math.isnan(v)]
        alarm = self.detector.decide(flags) or bool(broken)
        limits = tuple(t.at(index) for t in thresholds)
        reason = problem
        if broken and not problem:
            reason = f'{", ".join(broken)} is not a number: so was a step of the window'
        elif alarm and not problem:
            rows = zip(self.detector.names, sums, limits, flags, strict=True)
            reason = ', '.join(f'{n} {v:.3g} > {limit:.3g}' for n, v, limit, high in rows if high)
        return Reading(self.detector.names, tuple(sums), limits, alarm, reason)
