"""The gate between a policy and a robot: passes a command while every rule holds, or stops."""

import enum
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.force import ForceLimits
from valet_core.safety.inputs import Fault, Inputs, InputsConfig
from valet_core.safety.limits import ClampedTwist, MotionLimits, TwistLimiter
from valet_core.safety.watchdog import AlivenessConfig, ClockWatch

__all__ = ['Decision', 'Gate', 'GateConfig', 'GateState', 'ResetResult']


_CLOCK_STILL = 0.12
"""Steady time without a change of the clock after which the robot rests [s]."""
_HELD_BACK = 0.05
"""Steady time between two ticks that shows that the process did not run [s]."""
_CATCH_UP = 0.05
"""Time to read the messages that came meanwhile [s]."""


class GateState(enum.IntEnum):
    """What the gate does; the values are those of valet_msgs/GateState."""

    INACTIVE = 0
    WAITING = 1
    PASSING = 2
    CLAMPING = 3
    STOPPED = 4


@dataclass(frozen=True)
class GateConfig:
    """Every rule of the gate."""

    inputs: InputsConfig = InputsConfig()
    motion: MotionLimits = MotionLimits()
    force: ForceLimits = ForceLimits()
    aliveness: AlivenessConfig = AlivenessConfig()
    clock_timeout: float = setting(
        0.6, 'longest steady time for which the clock may stand still', 's', 0.01, 10.0
    )
    rate: float = setting(100.0, 'commands sent to the robot', 'Hz', 20.0, 500.0)

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class Decision(NamedTuple):
    """What to send and why.

    Attributes:
        twist: to the robot, shape (6,), base frame, m/s and rad/s.
        state: of the gate.
        rule: the rule that stopped the gate or that it waits for; else empty.
        reason: the same for people.
        clamped: the limits that changed the command.
    """

    twist: np.ndarray
    state: GateState
    rule: str = ''
    reason: str = ''
    clamped: tuple[str, ...] = ()


class ResetResult(NamedTuple):
    """Answer to a reset.

    Attributes:
        accepted: whether no stop is latched any more.
        message: what was reset, or why it was not.
    """

    accepted: bool
    message: str


class Gate:
    """The state machine. Times are in seconds of the node's clock unless called steady.

    Inactive until `activate`. Then it waits, sending zero, until every required input is fresh
    and the policy has sent a zero command, so that motion never starts with a jump. Then it
    passes. Any rule that does not hold latches a stop; after `reset` it waits again.
    """

    def __init__(self, config: GateConfig) -> None:
        """Start inactive with nothing received.

        Args:
            config: the rules.
        """
        self.inputs = Inputs(config.inputs, config.force, config.aliveness)
        self._limiter = TwistLimiter(config.motion)
        self._clock = ClockWatch(config.clock_timeout, 2.0 / config.rate)
        self._active = False
        self._passing = False
        self._at_rest = False
        self._latched: Fault | None = None
        self._ticked: float | None = None
        self._caught_up = float('-inf')

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

    def command(self, now: float, stamp: float, frame: str, twist: np.ndarray) -> None:
        """Take policy/command: a twist of the tool, shape (6,), in the base frame."""
        self._keep_time(now)
        if self.inputs.take_command(now, stamp, frame, twist) and not twist.any():
            self._at_rest = True
        self._judge()

    def wrench(self, now: float, stamp: float, frame: str, wrench: np.ndarray) -> None:
        """Take wrench: on the tool, shape (6,) [N, N m], in tool axes."""
        self._keep_time(now)
        self.inputs.take_wrench(now, stamp, frame, wrench)
        self._judge()

    def perception(self, now: float, stamp: float, frame: str, joints: np.ndarray) -> None:
        """Take perception/arm: joints of the arm, shape (4, 3) [m], in the base frame."""
        self._keep_time(now)
        self.inputs.take_perception(now, stamp, frame, joints)

    def tool(self, now: float, stamp: float, position: np.ndarray) -> None:
        """Take the measured position of the tool, shape (3,) [m], in the base frame."""
        self._keep_time(now)
        self.inputs.take_tool(now, stamp, position)
        self._judge()

    def scores(self, now: float, stamp: float, alarm: bool, reason: str = '') -> None:
        """Take monitor/scores; an alarm latches in every state."""
        self._keep_time(now)
        self.inputs.take_scores(now, stamp, alarm, reason)
        self._judge(always=alarm)

    def phase(self, now: float, phase: str) -> None:
        """Take policy/phase, which selects the force limits."""
        self._keep_time(now)
        self.inputs.phase = phase
        self._judge()

    def stop(self, now: float, pressed: bool) -> None:
        """Take safety/stop; true latches in every state."""
        self._keep_time(now)
        self.inputs.take_stop(pressed)
        self._judge(always=pressed)

    def step(self, now: float, steady: float) -> Decision:
        """Decide what to send at `now`.

        Args:
            now: time of the node's clock [s].
            steady: time of a steady clock [s], of any origin.
        """
        self._keep_time(now)
        self._clock.tick(steady)
        self._judge()
        if self._passing and not self._catching_up(steady):
            self._latch(self._soft_faults(now))
        if self._latched is not None:
            return Decision(np.zeros(6), GateState.STOPPED, *self._latched)
        if not self._active:
            return Decision(np.zeros(6), GateState.INACTIVE, 'inactive', 'not active')
        if not self._passing:
            missing = self._missing(now)
            if missing:
                reason = '; '.join(fault.reason for fault in missing)
                return Decision(np.zeros(6), GateState.WAITING, missing[0].rule, reason)
            self._passing = True
        pace, late = self.inputs.pace(now)
        if self._clock.standing > _CLOCK_STILL:
            # By such a clock no input ever grows late.
            pace, late = 0.0, (*late, 'late_clock')
        output = self._limiter.clamp(now, self.inputs.command, self._position(), pace)
        return self._pass(output, late)

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

    def _keep_time(self, now: float) -> None:
        """Latch a stop where time goes back, and drop what was stamped by the old time."""
        back = self._clock.jumped_back(now)
        if back > 0.0:
            self.inputs.forget()
            self._limiter.rest()
            self._at_rest = False
            if self._active:
                self._latch([Fault('clock_back', f'time went back by {back:.3f} s')])

    def _judge(self, always: bool = False) -> None:
        """Latch the first rule that no lateness can explain."""
        if self._active or always:
            self._latch(self.inputs.hard_faults())

    def _catching_up(self, steady: float) -> bool:
        """Whether the gate itself was held back, so that messages may still wait for it.

        The inputs look old then without being so. They slow the robot to rest as ever; only
        the stop for good waits until the messages at hand have been read.
        """
        if self._ticked is not None and steady - self._ticked > _HELD_BACK:
            self._caught_up = steady + _CATCH_UP
        self._ticked = steady
        return steady < self._caught_up

    def _latch(self, faults: list[Fault]) -> None:
        if faults and self._latched is None:
            self._latched = faults[0]
            self._passing = False
            self._limiter.rest()

    def _soft_faults(self, now: float) -> list[Fault]:
        """What stops motion, but is only waited for before there was any."""
        standing = self._clock.problem()
        stopped = [Fault('clock_stopped', standing)] if standing else []
        return stopped + self.inputs.stale(now)

    def _missing(self, now: float) -> list[Fault]:
        """What the gate waits for."""
        missing = self._soft_faults(now)
        if not missing and not self._at_rest:
            missing = [Fault('first_zero', 'waits for a zero policy/command to start from rest')]
        return missing

    def _position(self) -> np.ndarray | None:
        """Position for the workspace limit; None where the tool is not a required input."""
        return self.inputs.position if self.inputs.watches['tool'].required else None

    def _pass(self, output: ClampedTwist, late: tuple[str, ...]) -> Decision:
        clamped = tuple(name for name in output.clamped if name != 'pace')
        # Lateness is no news while the robot rests as it is told.
        if 'pace' in output.clamped or self.inputs.command.any():
            clamped += late
        state = GateState.CLAMPING if clamped else GateState.PASSING
        reason = f'command clamped by: {", ".join(clamped)}' if clamped else ''
        return Decision(output.twist, state, '', reason, clamped)
