"""The gate between a controller and a mobile base: passes a command while every rule holds."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.base_inputs import BaseInputs, BaseInputsConfig, BaseLimits
from valet_core.safety.gate import Decision, GateState, ResetResult
from valet_core.safety.inputs import Fault
from valet_core.safety.watchdog import ClockWatch

__all__ = ['BaseGate', 'BaseGateConfig', 'BaseLimiter']

_ROUND_OFF = 1e-9
_HELD_BACK = 0.06  # s between two ticks that shows that the process did not run
_CATCH_UP = 0.05  # s to read the messages that came meanwhile
_CLOCK_STILL = 0.15  # s of steady time by which a clock that stands has the base rest


@dataclass(frozen=True)
class BaseGateConfig:
    """Every rule of the gate of a base; the limits of motion are the embodiment's."""

    inputs: BaseInputsConfig = BaseInputsConfig()
    speed_share: float = setting(
        1.0, "share of the embodiment's speeds that passes", '', 0.01, 1.0
    )
    clock_timeout: float = setting(
        0.6, 'longest steady time for which the clock may stand still', 's', 0.01, 10.0
    )
    longest_step: float = setting(
        0.1, 'longest time between outputs that the acceleration limit counts', 's', 1e-3, 1.0
    )
    rate: float = setting(50.0, 'commands sent to the base', 'Hz', 10.0, 500.0)

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class BaseLimiter:
    """Clamps a stream of base velocities in speed and acceleration."""

    def __init__(self, limits: BaseLimits, share: float, longest_step: float) -> None:
        """Start at rest.

        Args:
            limits: of the base.
            share: of its speeds that passes.
            longest_step: longest time between outputs that counts [s].
        """
        self._high = share * np.array([limits.forward, limits.lateral, limits.yaw_rate])
        self._low = -share * np.array([limits.backward, limits.lateral, limits.yaw_rate])
        self._change = np.array(
            [limits.acceleration, limits.lateral_acceleration, limits.yaw_acceleration]
        )
        self._longest_step = longest_step
        self.rest()

    def rest(self) -> None:
        """Take the output as zero from now on, as after a stop."""
        self._last = np.zeros(3)
        self._last_time: float | None = None

    def clamp(self, now: float, velocity: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
        """The velocity to send at `now` for the one that is asked for.

        Args:
            now: time [s].
            velocity: vx, vy [m/s], yaw rate [rad/s], finite, shape (3,).

        Returns:
            The velocity within every limit, and the names of the limits that changed it. Speed
            is limited by one factor, which keeps the curve; acceleration axis by axis, so that
            no axis waits for another one's braking.
        """
        clamped = []
        target = velocity * self._factor(velocity)
        if np.abs(target - velocity).max() > _ROUND_OFF:
            clamped.append('speed')
        step = self._change * self._step(now)
        output = np.clip(target, self._last - step, self._last + step)
        if step.any() and np.abs(output - target).max() > _ROUND_OFF:
            clamped.append('acceleration')
        self._last, self._last_time = output, now
        return output.copy(), tuple(clamped)

    def _factor(self, velocity: np.ndarray) -> np.ndarray:
        """One factor for all axes; an axis that the base does not have is zero by itself."""
        bound = np.where(velocity >= 0.0, self._high, -self._low)
        able = bound > 0.0
        ratio = np.abs(velocity[able]) / bound[able]
        return able / max(1.0, float(ratio.max(initial=0.0)))

    def _step(self, now: float) -> float:
        if self._last_time is None:
            return 0.0
        return min(max(now - self._last_time, 0.0), self._longest_step)


class BaseGate:
    """The state machine, with the states and the latch of the gate of an arm.

    Inactive until `activate`. Then it waits, sending zero, until command, scan and odometry are
    fresh and a zero command has come. Then it passes. Any rule that does not hold latches a
    stop; after `reset` it waits again. Times are of the node's clock unless called steady.
    """

    def __init__(self, config: BaseGateConfig, limits: BaseLimits) -> None:
        """Start inactive with nothing received.

        Args:
            config: the rules.
            limits: of the base and its scanner.
        """
        self.inputs = BaseInputs(config.inputs, limits)
        self._limiter = BaseLimiter(limits, config.speed_share, config.longest_step)
        self._clock = ClockWatch(config.clock_timeout, 2.0 / config.rate)
        self._active = self._passing = self._at_rest = False
        self._latched: Fault | None = None
        self._ticked: float | None = None
        self._caught_up = float('-inf')

    @property
    def latched(self) -> Fault | None:
        """The fault that holds the base, if one does."""
        return self._latched

    def activate(self) -> None:
        """Start to wait for inputs; a latched stop stays latched."""
        self._active, self._passing, self._at_rest = True, False, False
        self._limiter.rest()

    def deactivate(self) -> None:
        """Send zero only. Inputs and a latched stop are kept."""
        self._active, self._passing = False, False

    def command(self, now: float, stamp: float, frame: str, velocity: np.ndarray) -> None:
        """Take a velocity of the base, shape (3,), in the base frame."""
        self._keep_time(now)
        if self.inputs.take_command(now, stamp, frame, velocity) and not velocity.any():
            self._at_rest = True
        self._judge()

    def scan(self, now: float, stamp: float, ranges: np.ndarray) -> None:
        """Take a scan, shape (rays,) [m]."""
        self._keep_time(now)
        self.inputs.take_scan(now, stamp, ranges)
        self._judge()

    def odom(self, now: float, stamp: float, frame: str, state: np.ndarray) -> None:
        """Take odometry, shape (6,): x, y, yaw, vx, vy, yaw rate."""
        self._keep_time(now)
        self.inputs.take_odom(now, stamp, frame, state)
        self._judge()

    def stop(self, now: float, pressed: bool) -> None:
        """Take safety/stop; true latches in every state."""
        self._keep_time(now)
        self.inputs.pressed = pressed
        self._judge(always=pressed)

    def step(self, now: float, steady: float) -> Decision:
        """Decide what to send at `now`; the decision's twist has shape (6,)."""
        self._keep_time(now)
        self._clock.tick(steady)
        self._judge()
        if self._passing and not self._held_back(steady):
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
        if self._clock.standing > _CLOCK_STILL:
            # By such a clock no input ever grows late, and no ramp gets anywhere.
            self._limiter.rest()
            reason = 'command clamped by: late_clock'
            return Decision(np.zeros(6), GateState.CLAMPING, '', reason, ('late_clock',))
        pace, late = self.inputs.pace(now)
        velocity, clamped = self._limiter.clamp(now, pace * self.inputs.command)
        if self.inputs.command.any():
            clamped += late
        twist = np.array([velocity[0], velocity[1], 0.0, 0.0, 0.0, velocity[2]])
        state = GateState.CLAMPING if clamped else GateState.PASSING
        reason = f'command clamped by: {", ".join(clamped)}' if clamped else ''
        return Decision(twist, state, '', reason, clamped)

    def reset(self, now: float) -> ResetResult:
        """Release a latched stop, unless a rule still does not hold."""
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
        back = self._clock.jumped_back(now)
        if back > 0.0:
            self.inputs.forget()
            self._limiter.rest()
            self._at_rest = False
            if self._active:
                self._latch([Fault('clock_back', f'time went back by {back:.3f} s')])

    def _judge(self, always: bool = False) -> None:
        if self._active or always:
            self._latch(self.inputs.hard_faults())

    def _held_back(self, steady: float) -> bool:
        """Whether this process did not run lately, so that messages may still wait for it.

        The inputs look old then without being so: they slow the base as ever, and only the stop
        for good waits until the messages at hand have been read.
        """
        if self._ticked is not None and steady - self._ticked > _HELD_BACK:
            self._caught_up = steady + _CATCH_UP
        self._ticked = steady
        return steady < self._caught_up

    def _latch(self, faults: list[Fault]) -> None:
        if faults and self._latched is None:
            self._latched, self._passing = faults[0], False
            self._limiter.rest()

    def _soft_faults(self, now: float) -> list[Fault]:
        standing = self._clock.problem()
        stopped = [Fault('clock_stopped', standing)] if standing else []
        return stopped + self.inputs.stale(now)

    def _missing(self, now: float) -> list[Fault]:
        missing = self._soft_faults(now)
        if not missing and not self._at_rest:
            missing = [Fault('first_zero', 'waits for a zero mobility/cmd_vel to start from rest')]
        return missing
