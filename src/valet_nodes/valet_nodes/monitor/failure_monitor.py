"""The failure monitor as a node: a policy's traces in, scores, thresholds and the alarm out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from valet_msgs.msg import FailureScores, PolicyTrace

from valet_core.common.assets import find_model
from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.monitor.folder import load_monitor
from valet_core.monitor.monitor import Reading
from valet_core.monitor.trace import TraceStep
from valet_nodes.ros.conversions import seconds, stamp_of
from valet_nodes.ros.diagnostics import ERROR, OK, WARN, diagnostic_array
from valet_nodes.ros.node import ValetNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE
from valet_nodes.ros.spin import run

__all__ = ['FailureMonitor', 'FailureMonitorConfig', 'main', 'step_of']

REACTIONS = ('stop', 'hold', 'warn')
_LOG_PERIOD = 1.0  # of a log line that repeats [s]
_DIAGNOSTICS_PERIOD = 1.0  # while nothing changes [s]


@dataclass(frozen=True)
class FailureMonitorConfig:
    """Which monitor, and what follows from its alarm."""

    model: str = setting('', 'name of a monitor in models/, or path of its folder')
    reaction: str = setting(
        'stop',
        'stop: the gate latches; hold: the gate, which has to require the scores, gets none while '
        'the alarm lasts, and the alarm itself after hold_time; warn: only /diagnostics',
        choices=REACTIONS,
    )
    hold_time: float = setting(0.4, 'of an alarm that holds before it stops', 's', 0.0, 10.0)
    heartbeat: float = setting(0.1, 'longest silence between goals', 's', 0.02, 1.0)
    max_age: float = setting(0.5, 'age of a trace from which it counts as late', 's', 0.01, 10.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class FailureMonitor(ValetNode):
    """Scores each trace and says whether the policy is about to fail.

    Between goals it publishes messages without scores, as a sign of life. A trace that cannot be
    scored is an alarm whatever the reaction: the gate takes a score that is not a number for one.
    """

    def __init__(self, **options: Any) -> None:
        """Create the node; parameters and interfaces come with `configure`."""
        super().__init__('failure_monitor', **options)

    def prepare(self) -> None:
        """Declare the parameters."""
        self._config = declare_config(self, FailureMonitorConfig)

    def configure(self) -> None:
        """Load the monitor and create the topics."""
        if not self._config.model:
            raise ConfigError(
                'model: received nothing; allowed: the folder of a monitor, as '
                '`valet monitor fit --out` writes it'
            )
        self._monitor = load_monitor(find_model(self._config.model), self._config.max_age)
        self._alarm = False
        self._alarm_since: float | None = None
        self._spoke = self._told = float('-inf')
        self._reading: Reading | None = None
        self._scores = self.talk(FailureScores, 'monitor/scores', RELIABLE)
        self._diagnostics = self.tell(DiagnosticArray, '/diagnostics', RELIABLE)
        self.listen(PolicyTrace, 'policy/trace', self._on_trace, RELIABLE)
        self.every(self._config.heartbeat, self._beat)

    def started(self) -> None:
        """Begin with no episode."""
        self._monitor.reset()
        self._alarm, self._alarm_since, self._reading = False, None, None
        self._beat()

    def _on_trace(self, message: PolicyTrace) -> None:
        if not self.active:
            return
        if message.step == 0:
            self._alarm, self._alarm_since = False, None
        reading = self._monitor.step(step_of(message), self.now)
        if reading is None:
            return
        self._reading = reading
        self._react(message, reading)
        changed = reading.alarm and not self._alarm
        self._alarm = self._alarm or reading.alarm
        if reading.alarm:
            self.get_logger().warning(
                f'failure predicted at step {message.step}: {reading.reason}',
                throttle_duration_sec=_LOG_PERIOD,
            )
        self._tell(force=changed)

    def _react(self, trace: PolicyTrace, reading: Reading) -> None:
        """Publish, or keep silent, as the reaction asks."""
        blind = not all(np.isfinite(reading.scores))
        alarm = blind or (reading.alarm and self._config.reaction != 'warn')
        if reading.alarm and self._config.reaction == 'hold' and not blind:
            if self._alarm_since is None:
                self._alarm_since = self.now
            if self.now - self._alarm_since < self._config.hold_time:
                self._spoke = self.now  # no heartbeat either
                return
        elif not reading.alarm:
            self._alarm_since = None
        message = FailureScores(names=list(reading.names), alarm=alarm, alpha=self._monitor.alpha)
        message.header = trace.header
        message.scores = [float(value) for value in reading.scores]
        message.thresholds = [float(value) for value in reading.thresholds]
        self._publish(message)

    def _beat(self) -> None:
        """A sign of life, where nothing else has been said."""
        silent = self.now - self._spoke
        if self.active and (silent >= 0.99 * self._config.heartbeat or silent < 0.0):
            message = FailureScores(alpha=self._monitor.alpha)
            message.header.stamp = stamp_of(self.now)
            self._publish(message)
        self._tell(force=False)

    def _publish(self, message: FailureScores) -> None:
        self._spoke = self.now
        self._scores.publish(message)

    def _tell(self, force: bool) -> None:
        """Say on /diagnostics how the episode stands."""
        if not force and 0.0 <= self.now - self._told < _DIAGNOSTICS_PERIOD:
            return
        self._told = self.now
        reading, counts = self._reading, self._monitor.counts
        level, text = OK, 'watches' if reading is not None else 'waits for a policy'
        if counts.unusable or counts.missing or counts.late or counts.out_of_order:
            level, text = WARN, 'watches; some traces were missing, late or of no use'
        if self._alarm and reading is not None:
            level = WARN if self._config.reaction == 'warn' else ERROR
            text = f'failure predicted: {reading.reason}' if reading.reason else (
                'failure predicted earlier in this episode')  # fmt: skip
        values: dict[str, object] = {
            'policy': self._monitor.policy, 'method': self._monitor.detector.name,
            'alpha': self._monitor.alpha, 'reaction': self._config.reaction, **counts.as_mapping(),
        }  # fmt: skip
        if reading is not None:
            values |= {f'score {n}': v for n, v in zip(reading.names, reading.scores, strict=True)}
            rows = zip(reading.names, reading.thresholds, strict=True)
            values |= {f'threshold {n}': v for n, v in rows}
        stamp = stamp_of(self.now)
        self._diagnostics.publish(diagnostic_array(self, stamp, 'alarm', level, text, values))


def step_of(message: PolicyTrace) -> TraceStep:
    """A trace as the monitor takes it.

    Arrays that do not have the sizes that the message says are left as flat rows, which the
    monitor refuses as it does those of another policy.
    """
    embedding = np.array(message.embedding, np.float32)
    actions = np.array(message.actions, np.float32)
    samples: np.ndarray | None = np.array(message.samples, np.float32)
    chunk = (message.horizon, message.action_dim)
    if actions.size == chunk[0] * chunk[1]:
        actions = actions.reshape(chunk)
    assert samples is not None
    if samples.size == message.sample_count * actions.size and actions.ndim == 2:
        drawn = message.sample_count
        samples = samples.reshape(drawn, *chunk) if drawn else None
    return TraceStep(message.step, seconds(message.header.stamp), embedding, actions, samples)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(FailureMonitor)
