"""What every gate knows of its inputs: the last messages, and what is wrong with them."""

from collections.abc import Iterable

import numpy as np

from valet_core.safety.fault import Fault
from valet_core.safety.watchdog import Freshness

__all__ = ['Inputs']


class Inputs:
    """Stores what arrives and answers which rules do not hold, with the clock passed in.

    Commands and the stop button are here. The inputs of an arm or a base add a `take_...` for
    each message of their own, and override `forget` and what they need of `_sensed` and
    `position`.

    Attributes:
        watches: freshness of each input, by the key that its rules are named by.
        command: last command taken, shape (n,); zero before the first.
    """

    def __init__(self, watches: Iterable[Freshness], frame: str, size: int) -> None:
        """Start with nothing received.

        Args:
            watches: of the inputs; those of keys 'command' and 'stop' are among them.
            frame: that commands must be in.
            size: of a command.
        """
        self.watches = {watch.key: watch for watch in watches}
        self._frame, self._size = frame, size
        self._orders: dict[str, Fault] = {}
        self.forget()

    @property
    def position(self) -> np.ndarray | None:
        """Measured position for the workspace limit, shape (3,) [m]; None: no such limit."""
        return None

    def forget(self) -> None:
        """Drop every stamped message, as after a jump of the clock; a stop stays pressed."""
        for watch in self.watches.values():
            watch.forget()
        self._bad: dict[str, Fault] = {}
        self.command: np.ndarray = np.zeros(self._size)

    def take_command(self, now: float, stamp: float, frame: str, command: np.ndarray) -> bool:
        """Take a command, shape (n,); whether it may be used."""
        fault = self._unsound('command', frame, self._frame, command)
        accepted = self._judged('command', fault) and self.watches['command'].accept(now, stamp)
        if accepted:
            self.command = np.array(command, dtype=float)
        return accepted

    def take_stop(self, now: float, pressed: bool) -> None:
        """Take the state of the stop button; it has no stamp, so that its arrival counts."""
        self.watches['stop'].accept(now, now)
        self._order('stop', 'safety/stop is true' if pressed else '')

    def orders(self) -> list[Fault]:
        """Who asks for a stop now; it is latched even while the gate is not active."""
        return list(self._orders.values())

    def hard_faults(self) -> list[Fault]:
        """What stops the robot even before the first command has passed."""
        return [*self.orders(), *self._bad.values(), *self._sensed()]

    def stale(self, now: float) -> list[Fault]:
        """The required inputs that are not fresh at `now`."""
        faults = (watch.fault(now) for watch in self._required())
        return [fault for fault in faults if fault is not None]

    def awaited(self, now: float) -> list[Fault]:
        """What is missing that only motion needs, so that a resting robot waits for it."""
        return []

    def pace(self, now: float) -> tuple[float, tuple[str, ...]]:
        """Share of the commanded speed that is allowed, and the late inputs that limit it."""
        paces = {f'late_{watch.key}': watch.pace(now) for watch in self._required()}
        late = tuple(name for name, pace in paces.items() if pace < 1.0)
        return min(paces.values(), default=1.0), late

    def facts(self) -> dict[str, object]:
        """What else is known, by name, for the diagnostics."""
        return {}

    def _required(self) -> list[Freshness]:
        return [watch for watch in self.watches.values() if watch.required]

    def _sensed(self) -> list[Fault]:
        """Rules on what the last good messages measure, such as a force."""
        return []

    def _order(self, rule: str, reason: str) -> None:
        """Note that somebody asks for a stop, or with no reason that he no longer does."""
        if reason:
            self._orders[rule] = Fault(rule, reason)
        else:
            self._orders.pop(rule, None)

    def _judged(self, key: str, fault: Fault | None) -> bool:
        """Keep what is wrong with a message until a right one comes; whether this one is."""
        self._bad.pop(key, None)
        if fault is not None:
            self._bad[key] = fault
        return fault is None

    def _unsound(self, key: str, frame: str, allowed: str, values: np.ndarray) -> Fault | None:
        """What is wrong with numbers or frame of a message."""
        if not np.isfinite(values).all():
            text = ', '.join(f'{value:g}' for value in np.ravel(values))
            return self._fault(key, 'nonfinite', f'is not finite: [{text}]')
        if frame != allowed:
            return self._fault(key, 'frame', f'is in frame {frame!r}, allowed {allowed!r}')
        return None

    def _fault(self, key: str, kind: str, problem: str) -> Fault:
        return Fault(f'{kind}_{key}', f'{self.watches[key].name} {problem}')
