"""Inputs of a gate that a failure monitor speaks to: its alarm, and whether it watches at all."""

from collections.abc import Iterable

import numpy as np

from valet_core.safety.fault import Fault
from valet_core.safety.inputs import Inputs
from valet_core.safety.verdict import Verdict
from valet_core.safety.watchdog import Freshness

__all__ = ['MonitoredInputs']


class MonitoredInputs(Inputs):
    """Inputs with those of key 'scores' among them, of `monitor/scores`."""

    def __init__(
        self, watches: Iterable[Freshness], frame: str, size: int, deadline: float
    ) -> None:
        """Start with nothing received.

        Args:
            watches: of the inputs; those of keys 'command', 'scores' and 'stop' are among them.
            frame: that commands must be in.
            size: of a command.
            deadline: of the scores [s].
        """
        self._scores_deadline = deadline
        super().__init__(watches, frame, size)

    def forget(self) -> None:
        """Drop every stamped message; stop and alarm stay."""
        super().forget()
        self._moving_since: float | None = None

    def take_command(self, now: float, stamp: float, frame: str, command: np.ndarray) -> bool:
        """Take a command, and note since when there has been motion in them."""
        accepted = super().take_command(now, stamp, frame, command)
        if not self.command.any():
            self._moving_since = None
        elif self._moving_since is None:
            self._moving_since = now
        return accepted

    def take_scores(self, now: float, stamp: float, verdict: Verdict) -> None:
        """Take a verdict of the failure monitor; an alarm counts even with a bad stamp.

        A message without scores is a sign of life between goals. Motion needs scores.
        """
        reason, watch = verdict.reason(), self.watches['scores']
        self._order('alarm', f'monitor/scores: {reason}' if reason else '')
        if self.command.any() and not verdict.names:
            watch.reject('it carries no score, and the policy asks for motion')
        else:
            watch.accept(now, stamp)

    def stale(self, now: float) -> list[Fault]:
        """The required inputs that are not fresh; the monitor's has its deadline to begin.

        A monitor judges what a policy does, so that there may be nothing to judge before it
        moves. By its age it slows from the first moment, so nothing moves without it.
        """
        since, deadline = self._moving_since, self._scores_deadline
        due = since is not None and now - since > deadline
        return [fault for fault in super().stale(now) if due or fault.rule != 'stale_scores']

    def awaited(self, now: float) -> list[Fault]:
        """A required monitor that is silent while the policy asks for rest."""
        watch = self.watches['scores']
        fault = watch.fault(now) if watch.required and not self.command.any() else None
        return [] if fault is None else [fault]
