"""What the gate of an arm knows beside commands: wrench, perception, tool, monitor."""

import math
from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.geometry.limb import Limb
from valet_core.geometry.limb_phase import advance_along, phase_at
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.safety.aliveness import Aliveness, AlivenessConfig
from valet_core.safety.arm.verdict import Verdict
from valet_core.safety.fault import Fault
from valet_core.safety.force import ForceLimits, ForceRule, PhaseLimit
from valet_core.safety.inputs import Inputs
from valet_core.safety.watchdog import Freshness, InputConfig

__all__ = ['ArmInputs', 'ArmInputsConfig']

_PIECE = 0.01, 1.0  # shortest and longest piece of an arm [m]


@dataclass(frozen=True)
class ArmInputsConfig:
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
    # 15 Hz, stamped as the observation that they judge, so some 100 ms old on arrival.
    scores: InputConfig = InputConfig(
        required=False, deadline=0.50, max_age=0.60, slow_from=0.20, still_at=0.25
    )
    # A button that shows that it lives by repeating its state. No stamp: arrival counts twice.
    stop: InputConfig = InputConfig(required=False, deadline=0.50, max_age=0.50)
    future_tolerance: float = setting(
        0.05, 'how far a stamp may lie ahead of the clock', 's', 0.0, 1.0
    )
    min_confidence: float = setting(
        0.3, 'confidence of every joint without which the phase is not known', '', 0.0, 1.0
    )
    base_frame: str = setting('base_link', 'frame of commands and of what is perceived')
    tool_frame: str = setting('tool0', 'frame of the tool and of the wrench')

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)


class ArmInputs(Inputs):
    """The inputs of an arm.

    Attributes:
        phase: where the tool is along the perceived arm, which selects the force limits; empty
            where that is not known. It is never what a policy says of itself.
    """

    def __init__(
        self, config: ArmInputsConfig, force: ForceLimits, aliveness: AlivenessConfig
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
            'stop': 'safety/stop',
        }
        self._config = config
        self._force = ForceRule(force)
        self._aliveness = Aliveness(aliveness)
        watches = [
            Freshness(key, name, getattr(config, key), config.future_tolerance)
            for key, name in names.items()
        ]
        super().__init__(watches, config.base_frame, 6)

    def forget(self) -> None:
        """Drop every stamped message; stop and alarm stay."""
        super().forget()
        self.phase = ''
        self._limb: Limb | None = None
        self._aliveness.forget()
        self._position: np.ndarray | None = None
        self._wrench: np.ndarray = np.zeros(6)
        self._moving_since: float | None = None

    @property
    def position(self) -> np.ndarray | None:
        """Position of the tool, shape (3,) [m]; None where it is not a required input."""
        return self._position if self.watches['tool'].required else None

    @property
    def force(self) -> float:
        """Magnitude of the last force [N]."""
        return math.hypot(*self._wrench[:3])

    @property
    def limit(self) -> PhaseLimit:
        """Force limits of the current phase."""
        return self._force.limit(self.phase)

    def take_command(self, now: float, stamp: float, frame: str, command: np.ndarray) -> bool:
        """Take a command, and note since when there has been motion in them."""
        accepted = super().take_command(now, stamp, frame, command)
        if not self.command.any():
            self._moving_since = None
        elif self._moving_since is None:
            self._moving_since = now
        return accepted

    def take_wrench(self, now: float, stamp: float, frame: str, wrench: np.ndarray) -> None:
        """Take a wrench; its force counts even where its stamp is bad."""
        fault = self._unsound('wrench', frame, self._config.tool_frame, wrench)
        self.phase = self._phase(now)
        if self._judged('wrench', fault):
            self._wrench = np.array(wrench, dtype=float)
            self._aliveness.update(now, self._wrench)
            self.watches['wrench'].accept(now, stamp)

    def take_perception(self, now: float, stamp: float, frame: str, arm: ArmEstimate) -> None:
        """Take a perceived arm, for the phase and as a sign of life; a bad one counts for nothing.

        An arm that is not trusted is a sign of life too.
        """
        watch, base = self.watches['perception'], self._config.base_frame
        if frame != base:
            watch.reject(f'frame {frame!r}, allowed {base!r}')
        elif not np.isfinite(arm.joints).all():
            watch.reject('a joint is not finite')
        elif watch.accept(now, stamp):
            self._limb = _limb(arm, self._config.min_confidence)

    def take_tool(self, now: float, stamp: float, position: np.ndarray) -> None:
        """Take the position of the tool in the base frame."""
        base = self._config.base_frame
        fault = self._unsound('tool', base, base, position)
        if self._judged('tool', fault) and self.watches['tool'].accept(now, stamp):
            self._position = np.array(position, dtype=float)

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
        since, deadline = self._moving_since, self._config.scores.deadline
        due = since is not None and now - since > deadline
        return [fault for fault in super().stale(now) if due or fault.rule != 'stale_scores']

    def awaited(self, now: float) -> list[Fault]:
        """A required monitor that is silent while the policy asks for rest."""
        watch = self.watches['scores']
        fault = watch.fault(now) if watch.required and not self.command.any() else None
        return [] if fault is None else [fault]

    def _phase(self, now: float) -> str:
        """The phase by what is fresh at `now`; empty where that does not tell."""
        old = any(self.watches[key].fault(now) for key in ('perception', 'tool'))
        if old or self._limb is None or self._position is None:
            return ''
        return phase_at(self._limb, advance_along(self._limb, self._position))

    def _sensed(self) -> list[Fault]:
        """Forces beyond a limit, and a wrench that is frozen."""
        found = self._force.faults(self._wrench[:3], self.phase)
        frozen = self._aliveness.fault()
        return found if frozen is None else [*found, frozen]


def _limb(arm: ArmEstimate, least: float) -> Limb | None:
    """The arm where every joint is trusted, and each piece has a length that an arm can have."""
    with np.errstate(over='ignore'):  # without end is too long as well
        lengths = np.linalg.norm(np.diff(arm.joints, axis=0), axis=1)
    sound = lengths.min() > _PIECE[0] and lengths.max() < _PIECE[1]
    return Limb(arm.joints) if sound and (arm.confidence >= least).all() else None
