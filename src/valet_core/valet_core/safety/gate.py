"""The gate between whoever commands and a robot: passes while every rule holds, or stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.decision import Decision, GateState, ResetResult
from valet_core.safety.fault import Fault
from valet_core.safety.grace import Grace
from valet_core.safety.inputs import Inputs
from valet_core.safety.limiter import Limiter
from valet_core.safety.watchdog import ClockWatch

__all__ = ['Gate', 'GateTiming']

_Inputs = TypeVar('_Inputs', bound=Inputs)


@dataclass(frozen=True)
class GateTiming:
    """How a gate judges the node's clock and its own process, by a steady clock."""

    rate: float = setting(100.0, 'decisions', 'Hz', 10.0, 500.0)
    clock_timeout: float = setting(
        0.6, 'standstill of the clock that stops for good', 's', 0.01, 10.0
    )
    clock_still: float = setting(
        0.12, 'standstill of the clock by which the robot rests', 's', 0.01, 10.0
    )
    held_back: float = setting(
        0.05, 'time between two decisions that shows that the process did not run', 's', 1e-3, 1.0
    )
    catch_up: float = setting(
        0.05, 'time to read the messages that came meanwhile', 's', 1e-3, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class Gate(Generic[_Inputs]):
    """The state machine. Times are in seconds of the node's clock unless called steady.

    Inactive until `activate`. Then it waits, sending zero, until every required input is fresh
    and the last command is a zero, so that motion never starts with a jump. Then it passes. Any
    rule that does not hold latches a stop; after `reset` it waits again.

    Attributes:
        inputs: what has been received.
    """

    def __init__(self, inputs: _Inputs, limiter: Limiter, timing: GateTiming) -> None:
        """Start inactive.

        Args:
            inputs: of the robot, nothing received yet.
            limiter: of its motion, at rest.
            timing: for how long what is borne with.
        """
        self.inputs = inputs
        self._limiter, self._timing = limiter, timing
        self._clock = ClockWatch(timing.clock_timeout, 2.0 / timing.rate)
        self._active = False
        self._passing = False
        self._at_rest = False
        self._latched: Fault | None = None
        self._grace = Grace(timing.held_back, timing.catch_up)

    @property
    def latched(self) -> Fault | None:
        """The fault that holds the robot, if one does."""
        return self._latched

    def activate(self) -> None:
        """Start to wait for inputs; a latched stop stays latched."""
        self._active, self._passing, self._at_rest = True, False, False
        self._limiter.rest()

    def deactivate(self) -> None:
        """Send zero only. Inputs and a latched stop are kept."""
        self._active, self._passing = False, False

    def forget(self) -> None:
        """Be inactive with nothing received; a stop stays latched, and its button pressed."""
        self.deactivate()
        self.inputs.forget()

    def command(self, now: float, stamp: float, frame: str, command: np.ndarray) -> None:
        """Take a command, shape (n,), in the base frame."""
        with self._message(now):
            if self.inputs.take_command(now, stamp, frame, command):
                self._at_rest = not command.any()

    def stop(self, now: float, pressed: bool) -> None:
        """Take safety/stop; true latches in every state."""
        with self._message(now):
            self.inputs.take_stop(now, pressed)

    def step(self, now: float, steady: float, orderly: bool = False) -> Decision:
        """Decide what to send at `now`.

        Args:
            now: time of the node's clock [s].
            steady: time of a steady clock [s], of any origin.
            orderly: whether every message up to `now` has been taken for certain, so that no
                input only looks stale.
        """
        self._keep_time(now)
        self._clock.tick(steady)
        self._judge()
        stale = self._soft_faults(now)
        # What looks stale slows the robot to rest as ever; only the stop for good may wait.
        borne = not orderly and self._grace.lasts(steady, fresh=not stale)
        if self._passing and not borne:
            self._latch(stale)
        if self._latched is not None:
            return self._hold(GateState.STOPPED, *self._latched)
        if not self._active:
            return self._hold(GateState.INACTIVE, 'inactive', 'not active')
        missing = [] if self._passing else stale or self._unrested()
        self._passing = not missing
        return self._wait(missing or self.inputs.awaited(now)) or self._pass(now)

    def reset(self, now: float) -> ResetResult:
        """Release a latched stop, unless a rule still does not hold.

        Args:
            now: time of the node's clock [s].
        """
        self._keep_time(now)
        if self._latched is None:
            return ResetResult(True, 'no stop was latched')
        causes = self.inputs.hard_faults() + self._soft_faults(now)
        if causes:
            reasons = '; '.join(f'{fault.rule}: {fault.reason}' for fault in causes)
            return ResetResult(False, f'refused, the cause persists: {reasons}')
        released, self._latched = self._latched, None
        self._passing, self._at_rest = False, False
        return ResetResult(True, f'released {released.rule}: {released.reason}')

    @contextmanager
    def _message(self, now: float) -> Iterator[None]:
        """What is done with every message: time is kept before it, and judged after it."""
        self._keep_time(now)
        yield
        self._judge()

    def _keep_time(self, now: float) -> None:
        """Latch a stop where time goes back, and drop what was stamped by the old time."""
        back = self._clock.advance(now)
        if back is not None:
            self.inputs.forget()
            self._limiter.rest()
            self._at_rest = False
            if self._active:
                self._latch([back])

    def _judge(self) -> None:
        """Latch the first rule that no lateness can explain."""
        self._latch(self.inputs.hard_faults() if self._active else self.inputs.orders())

    def _latch(self, faults: list[Fault]) -> None:
        if faults and self._latched is None:
            self._latched = faults[0]
            self._passing = False
            self._limiter.rest()

    def _soft_faults(self, now: float) -> list[Fault]:
        """What stops motion, but is only waited for before there was any."""
        clock = self._clock.fault()
        return ([] if clock is None else [clock]) + self.inputs.stale(now)

    def _unrested(self) -> list[Fault]:
        """What the gate waits for once every input is fresh."""
        if self._at_rest:
            return []
        name = self.inputs.watches['command'].name
        return [Fault('first_zero', f'waits for a zero {name} to start from rest')]

    def _wait(self, missing: list[Fault]) -> Decision | None:
        """Zero until nothing is missing any more; None where nothing is."""
        if not missing:
            return None
        self._limiter.rest()
        reason = '; '.join(fault.reason for fault in missing)
        return self._hold(GateState.WAITING, missing[0].rule, reason)

    def _hold(self, state: GateState, rule: str, reason: str) -> Decision:
        return Decision(np.zeros_like(self.inputs.command), state, rule, reason)

    def _pass(self, now: float) -> Decision:
        pace, late = self.inputs.pace(now)
        command = self.inputs.command
        if self._clock.standing > self._timing.clock_still:
            # By such a clock no input ever grows late, and no ramp gets anywhere.
            limited, late = self._limiter.halt(), (*late, 'late_clock')
        else:
            limited = self._limiter.clamp(now, command, self.inputs.position, pace)
        clamped = tuple(name for name in limited.clamped if name != 'pace')
        # Lateness is no news while the robot rests as it is told.
        if 'pace' in limited.clamped or command.any():
            clamped += late
        state = GateState.CLAMPING if clamped else GateState.PASSING
        reason = f'command clamped by: {", ".join(clamped)}' if clamped else ''
        reason += f' ({limited.detail})' if clamped and limited.detail else ''
        return Decision(limited.command, state, '', reason, clamped)
