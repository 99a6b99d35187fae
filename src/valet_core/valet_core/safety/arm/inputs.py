"""What the gate of an arm knows beside commands: wrench, perception, tool, monitor."""

import math
from collections.abc import Mapping

import numpy as np

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.safety.aliveness import Aliveness, AlivenessConfig
from valet_core.safety.arm.inputs_config import ArmInputsConfig
from valet_core.safety.arm.perceived_arm import NO_PERSON, PerceivedArm
from valet_core.safety.arm.separation import Separation
from valet_core.safety.fault import Fault
from valet_core.safety.force import ForceLimits, ForceRule, PhaseLimit
from valet_core.safety.monitored import MonitoredInputs
from valet_core.safety.watchdog import Freshness

__all__ = ['ArmInputs']


class ArmInputs(MonitoredInputs):
    """The inputs of an arm.

    Attributes:
        phase: where the tool is along the perceived arm, which selects the force limits; empty
            where that is not known. It is never what a policy says of itself.
    """

    def __init__(
        self,
        config: ArmInputsConfig,
        force: ForceLimits,
        aliveness: AlivenessConfig,
        separation: Separation | None = None,
    ) -> None:
        """Start with nothing received.

        Args:
            config: deadlines and frames.
            force: limits by phase.
            aliveness: when the wrench counts as frozen.
            separation: of the links from the person; None: no such rule, and no inputs for it.
        """
        names = {
            'command': 'policy/command',
            'wrench': 'wrench',
            'perception': 'perception/arm',
            'tool': f'tf {config.base_frame} -> {config.tool_frame}',
            'scores': 'monitor/scores',
            'stop': 'safety/stop',
        }
        if separation is not None:
            names['cloud'] = 'perception/cloud'
            names['links'] = f'tf {config.base_frame} -> the links'
        self._config, self._separation = config, separation
        self._force = ForceRule(force)
        self._aliveness = Aliveness(aliveness)
        watches = [
            Freshness(key, name, getattr(config, key), config.future_tolerance)
            for key, name in names.items()
        ]
        super().__init__(watches, config.base_frame, 6, config.scores.deadline)

    def forget(self) -> None:
        """Drop every stamped message; stop and alarm stay."""
        super().forget()
        self.phase = ''
        self._arm = NO_PERSON
        if self._separation is not None:
            self._separation.forget()
        self._aliveness.forget()
        self._position: np.ndarray | None = None
        self._wrench: np.ndarray = np.zeros(6)

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
            self._arm = PerceivedArm.of(arm, self._config.min_confidence)
            if self._separation is not None:
                self._separation.person.see_arm(self._arm.limb)

    def take_cloud(
        self, now: float, stamp: float, frame: str, points: np.ndarray, labels: np.ndarray
    ) -> None:
        """Take a labelled cloud, of which the separation rule uses what is of the person."""
        watch, base = self.watches['cloud'], self._config.base_frame
        if frame != base:
            watch.reject(f'frame {frame!r}, allowed {base!r}')
        elif len(points) and not np.isfinite(points).any():
            watch.reject('no point is finite')
        elif watch.accept(now, stamp) and self._separation is not None:
            self._separation.person.see_points(points, labels, self._arm.trusted)

    def take_links(self, now: float, stamp: float, poses: Mapping[str, np.ndarray]) -> None:
        """Take the poses of the links, T_base_link, and see how near they are to the person."""
        base, watch = self._config.base_frame, self.watches['links']
        fault = self._unsound('links', base, base, np.stack(list(poses.values())))
        if self._judged('links', fault) and watch.accept(now, stamp):
            assert self._separation is not None
            self._separation.place(stamp, poses, self._phase(now))

    def take_tool(self, now: float, stamp: float, position: np.ndarray) -> None:
        """Take the position of the tool in the base frame."""
        base = self._config.base_frame
        fault = self._unsound('tool', base, base, position)
        if self._judged('tool', fault) and self.watches['tool'].accept(now, stamp):
            self._position = np.array(position, dtype=float)

    def facts(self) -> dict[str, object]:
        """The link that is nearest to where it has to stop, for the diagnostics."""
        if self._separation is None:
            return {}
        pair = self._separation.nearest
        if pair is None:
            return {'nearest link': ''}
        where = {'nearest link': pair.link, 'nearest part': pair.part}
        return {**where, 'distance [m]': pair.gap, 'stops at [m]': pair.stop}

    def _phase(self, now: float) -> str:
        """The phase by what is fresh at `now`; empty where that does not tell."""
        old = any(self.watches[key].fault(now) for key in ('perception', 'tool'))
        return '' if old or self._position is None else self._arm.phase(self._position)

    def _sensed(self) -> list[Fault]:
        """Forces beyond a limit, and a wrench that is frozen."""
        found = self._force.faults(self._wrench[:3], self.phase)
        near = None if self._separation is None else self._separation.fault()
        return [*found, *(f for f in (self._aliveness.fault(), near) if f is not None)]
