"""What the gate knows of its inputs: the last messages, and what is wrong with them."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.safety.force import ForceLimits, ForceRule, PhaseLimit
from valet_core.safety.watchdog import (
    Aliveness,
    AlivenessConfig,
    Freshness,
    InputConfig,
)

__all__ = ['Fault', 'InputsConfig', 'Inputs']


class Fault(NamedTuple):
    """A rule that does not hold.

    Attributes:
        rule: a stable name; the kind comes first ('stale_wrench', 'force_axis').
        reason: what was received and what is allowed, for people.
    """

    rule: str
    reason: str


@dataclass(frozen=True)
class InputsConfig:
    """Deadlines of every input, and the frames that they must be in.

    A robot must rest within 200 ms of a fault. The last ~40 ms of that go to one tick of the
    gate, the transport and the braking of the arm, so an input that makes no sound slows the
    robot to rest by 160 ms (`still_at`). Whether it was one late message or a fault shows only
    later: at its deadline the stop is latched.
    """

    # 30 Hz: two messages may be late. The stamp may be that of the observation.
    command: InputConfig = InputConfig(deadline=0.50, max_age=0.60, slow_from=0.08, still_at=0.12)
    # 120 Hz: some lost messages.
    wrench: InputConfig = InputConfig(deadline=0.50, max_age=0.50, slow_from=0.04, still_at=0.08)
    # 15 Hz: a period of 67 ms, and some 40 ms for drawing, perception and transport.
    # The stamp is that of the image, so it is older on arrival by that time.
    perception: InputConfig = InputConfig(
        deadline=0.60, max_age=0.70, slow_from=0.10, still_at=0.13
    )
    # 30 Hz.
    tool: InputConfig = InputConfig(deadline=0.50, max_age=0.50, slow_from=0.08, still_at=0.12)
    scores: InputConfig = InputConfig(required=False, deadline=0.30, max_age=0.50)
    future_tolerance: float = setting(
        0.05, 'how far a stamp may lie ahead of the clock', 's', 0.0, 1.0
    )
    base_frame: str = setting('base_link', 'frame of commands and of what is perceived')
    tool_frame: str = setting('tool0', 'frame of the tool and of the wrench')

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class Inputs:
    """Stores what arrives and answers which rules do not hold, with the clock passed in."""

    def __init__(
        self, config: InputsConfig, force: ForceLimits, aliveness: AlivenessConfig
    ) -> None:
        """Start with nothing received.

        Args:
            config: deadlines and frames.
            force: limits by phase.
            aliveness: when the wrench counts as frozen.
        """
        names = {
            'command': 'policy/command',
            'wrench': 'wrench',
            'perception': 'perception/arm',
            'tool': f'tf {config.base_frame} -> {config.tool_frame}',
            'scores': 'monitor/scores',
        }
        self.watches = {
            key: Freshness(name, getattr(config, key), config.future_tolerance)
            for key, name in names.items()
        }
        self._config = config
        self._force = ForceRule(force)
        self._aliveness = Aliveness(aliveness)
        self._pressed = False
        self._alarm = ''
        self.phase = ''
        self.forget()

    def forget(self) -> None:
        """Drop every stamped message, as after a jump of the clock; a stop stays pressed."""
        for watch in self.watches.values():
            watch.forget()
        self._aliveness.forget()
        self._bad: dict[str, Fault] = {}
        self.command: np.ndarray = np.zeros(6)
        self.position: np.ndarray | None = None
        self._wrench: np.ndarray = np.zeros(6)

    @property
    def force(self) -> float:
        """Magnitude of the last force [N]."""
        return math.hypot(*self._wrench[:3])

    @property
    def limit(self) -> PhaseLimit:
        """Force limits of the current phase."""
        return self._force.limit(self.phase)

    def take_command(self, now: float, stamp: float, frame: str, twist: np.ndarray) -> bool:
        """Take a twist; whether it may be used."""
        base = self._config.base_frame
        if not self._sound('command', frame, base, twist):
            return False
        accepted = self.watches['command'].accept(now, stamp)
        if accepted:
            self.command = np.array(twist, dtype=float)
        return accepted

    def take_wrench(self, now: float, stamp: float, frame: str, wrench: np.ndarray) -> None:
        """Take a wrench; its force counts even where its stamp is bad."""
        if self._sound('wrench', frame, self._config.tool_frame, wrench):
            self._wrench = np.array(wrench, dtype=float)
            self._aliveness.update(now, self._wrench)
            self.watches['wrench'].accept(now, stamp)

    def take_perception(self, now: float, stamp: float, frame: str, joints: np.ndarray) -> None:
        """Take a perceived arm: only as a sign of life, so a bad one is merely not counted."""
        watch, base = self.watches['perception'], self._config.base_frame
        if frame != base:
            watch.reject(f'frame {frame!r}, allowed {base!r}')
        elif not np.isfinite(joints).all():
            watch.reject('a joint is not finite')
        else:
            watch.accept(now, stamp)

    def take_tool(self, now: float, stamp: float, position: np.ndarray) -> None:
        """Take the position of the tool in the base frame."""
        base = self._config.base_frame
        if self._sound('tool', base, base, position) and self.watches['tool'].accept(now, stamp):
            self.position = np.array(position, dtype=float)

    def take_scores(self, now: float, stamp: float, alarm: bool, reason: str) -> None:
        """Take a verdict of the failure monitor; an alarm counts even with a bad stamp."""
        self._alarm = (reason or 'failure predicted') if alarm else ''
        self.watches['scores'].accept(now, stamp)

    def take_stop(self, pressed: bool) -> None:
        """Take the state of the stop button."""
        self._pressed = pressed

    def hard_faults(self) -> list[Fault]:
        """What stops the robot even before the first command has passed."""
        found = []
        if self._pressed:
            found.append(Fault('stop', 'safety/stop is true'))
        if self._alarm:
            found.append(Fault('alarm', f'monitor/scores: {self._alarm}'))
        found.extend(self._bad.values())
        found.extend(Fault(*e) for e in self._force.excess(self._wrench[:3], self.phase))
        frozen = self._aliveness.problem()
        if frozen:
            found.append(Fault('frozen_wrench', frozen))
        return found

    def pace(self, now: float) -> tuple[float, tuple[str, ...]]:
        """Share of the commanded speed that is allowed, and the late inputs that limit it."""
        paces = {
            f'late_{key}': watch.pace(now) for key, watch in self.watches.items() if watch.required
        }
        late = tuple(name for name, pace in paces.items() if pace < 1.0)
        return min(paces.values(), default=1.0), late

    def stale(self, now: float) -> list[Fault]:
        """The required inputs that are not fresh at `now`."""
        problems = (
            (key, watch.problem(now)) for key, watch in self.watches.items() if watch.required
        )
        return [Fault(f'stale_{key}', problem) for key, problem in problems if problem]

    def _sound(self, key: str, frame: str, allowed: str, values: np.ndarray) -> bool:
        """Whether frame and numbers are right; a wrong one is a fault until a right one comes."""
        name = self.watches[key].name
        if not np.isfinite(values).all():
            text = ', '.join(f'{value:g}' for value in np.ravel(values))
            self._bad[key] = Fault(f'nonfinite_{key}', f'{name} is not finite: [{text}]')
        elif frame != allowed:
            reason = f'{name} is in frame {frame!r}, allowed {allowed!r}'
            self._bad[key] = Fault(f'frame_{key}', reason)
        else:
            self._bad.pop(key, None)
        return key not in self._bad
