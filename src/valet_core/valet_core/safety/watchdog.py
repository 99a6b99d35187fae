"""Watchdogs of time: is an input fresh, does the clock run."""

from dataclasses import dataclass

import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.safety.fault import Fault

__all__ = ['ClockWatch', 'Freshness', 'InputConfig']


@dataclass(frozen=True)
class InputConfig:
    """What is asked of one input."""

    required: bool = setting(True, 'whether nothing passes without this input')
    deadline: float = setting(
        0.1, 'longest time since the last accepted message arrived', 's', 0.01, 10.0
    )
    max_age: float = setting(
        0.1, 'longest time since the stamp of the last accepted message', 's', 0.01, 10.0
    )
    slow_from: float = setting(0.0, 'age from which motion is slowed', 's', 0.0, 10.0)
    still_at: float = setting(
        0.0, 'age at which motion has been slowed to rest; 0: no slowing', 's', 0.0, 10.0
    )

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)
        if self.still_at and self.slow_from >= self.still_at:
            raise ConfigError(f'slow_from: {self.slow_from} is not below still_at {self.still_at}')


class Freshness:
    """Accepts stamped messages of one input and tells whether the last is fresh enough.

    The two ages catch different faults: a publisher that died stops arriving, one that repeats
    what it has arrives with a stamp that grows old.
    """

    def __init__(self, key: str, name: str, config: InputConfig, future_tolerance: float) -> None:
        """Start with nothing received.

        Args:
            key: what to call the input in a rule.
            name: what to call the input in a reason.
            config: its deadlines.
            future_tolerance: how far a stamp may lie ahead of the clock [s].
        """
        self.key, self.name = key, name
        self.required = config.required
        self._config = config
        self._future_tolerance = future_tolerance
        self.count = 0
        """Messages accepted so far."""
        self.forget()

    def forget(self) -> None:
        """Take everything received so far as never received."""
        self._arrived: float | None = None
        self._stamp = 0.0
        self._rejection = ''

    def accept(self, now: float, stamp: float) -> bool:
        """Offer a message; one with an impossible or old stamp refreshes nothing.

        Args:
            now: time of arrival [s].
            stamp: of the message [s].

        Returns:
            Whether the message may be used.
        """
        age = now - stamp
        if age > self._config.max_age:
            return self.reject(f'stamp {age:.3f} s old, allowed {self._config.max_age:.3f} s')
        if age < -self._future_tolerance:
            return self.reject(
                f'stamp {-age:.3f} s in the future, allowed {self._future_tolerance:.3f} s'
            )
        self._arrived, self._stamp, self._rejection = now, stamp, ''
        self.count += 1
        return True

    def reject(self, why: str) -> bool:
        """Note why the last message refreshed nothing; always False."""
        self._rejection = why
        return False

    def age(self, now: float) -> float:
        """Time [s] since the older of arrival and stamp; infinite before the first message."""
        if self._arrived is None:
            return float('inf')
        return max(0.0, now - self._arrived, now - self._stamp)

    def pace(self, now: float) -> float:
        """Share of the commanded speed that an input this old allows, 1 to 0.

        One late message so slows the robot, and it goes on with the next; only the deadline
        stops it for good.
        """
        slow, still = self._config.slow_from, self._config.still_at
        if not still:
            return 1.0
        return float(np.clip((still - self.age(now)) / (still - slow), 0.0, 1.0))

    def fault(self, now: float) -> Fault | None:
        """Why the input is not fresh at `now`; None while it is."""
        if self._arrived is None:
            return self._stale('has not been received')
        gap, age = now - self._arrived, now - self._stamp
        deadline, max_age = self._config.deadline, self._config.max_age
        if gap > deadline:
            return self._stale(f'last arrived {gap:.3f} s ago, allowed {deadline:.3f} s')
        if age > max_age:
            return self._stale(f'is stamped {age:.3f} s ago, allowed {max_age:.3f} s')
        return None

    def _stale(self, problem: str) -> Fault:
        rejected = f'; last message rejected: {self._rejection}' if self._rejection else ''
        return Fault(f'stale_{self.key}', f'{self.name} {problem}{rejected}')


class ClockWatch:
    """Tells a clock that stands still or jumps back from one that runs.

    Deadlines count on the node's clock, which in simulation is a topic: when that stops, no
    input ever grows old. A second, steady clock shows it.
    """

    def __init__(self, timeout: float, longest_tick: float) -> None:
        """Start with no time seen.

        Args:
            timeout: longest steady time without a change of the clock [s].
            longest_tick: most of it that a single call may add [s]. A process that was held
                back itself then does not blame the clock for it.
        """
        self._timeout = timeout
        self._longest_tick = longest_tick
        self._last: float | None = None
        self._steady: float | None = None
        self._standing = 0.0
        self._started = False

    def advance(self, now: float) -> Fault | None:
        """Take the time of the clock; a fault where it lies before the last [s]."""
        last, self._last = self._last, now
        if last is not None and now != last:
            # A node's clock is at zero before it has any time at all.
            self._standing, self._started = 0.0, self._started or last > 0.0
        if last is None or now >= last:
            return None
        return Fault('clock_back', f'time went back by {last - now:.3f} s')

    def tick(self, steady: float) -> None:
        """Count the steady time for which the clock has stood still."""
        if self._steady is not None:
            self._standing += min(max(steady - self._steady, 0.0), self._longest_tick)
        self._steady = steady

    @property
    def standing(self) -> float:
        """Steady time for which the clock has stood still [s]."""
        return self._standing

    def fault(self) -> Fault | None:
        """Why the clock is taken for stopped; None while it runs."""
        if not self._started:
            return Fault('clock_stopped', 'the clock has not started')
        if self._standing <= self._timeout:
            return None
        return Fault(
            'clock_stopped',
            f'the clock has stood at {self._last:.3f} s for {self._standing:.3f} s, '
            f'allowed {self._timeout:.3f} s',
        )
