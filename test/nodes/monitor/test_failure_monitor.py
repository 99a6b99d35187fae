"""The failure monitor over topics: scores, heartbeat, reactions, and traces that are not right."""

import dataclasses
import time

import numpy as np
import pytest
import rclpy
import yaml
from core.monitor.toy import trace
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from places import CONFIG
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Header
from valet_msgs.msg import FailureScores, PolicyTrace

from valet_core.monitor.dealing import CalibrationConfig
from valet_core.monitor.fit import FitConfig, fit_monitor, score_episode
from valet_core.monitor.folder import load_monitor, save_monitor
from valet_core.policy.interface import ActionChunk
from valet_nodes.monitor.failure_monitor import FailureMonitor, FailureMonitorConfig
from valet_nodes.ros.conversions import seconds, stamp_of, trace_message
from valet_nodes.ros.qos import RELIABLE, SENSOR

GIVE_UP = 20.0  # [s] after which a test that hangs ends
WINDOW = 3


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    episodes = [trace(seed) for seed in range(40)]
    config = FitConfig(('mahalanobis', 'ace_mean'), 'and', CalibrationConfig(0.1, 'band', WINDOW))
    save_monitor(tmp_path_factory.mktemp('m') / 'toy', fit_monitor(episodes, config), {}, {})
    return tmp_path_factory.getbasetemp() / 'm0' / 'toy'


class Bench:
    """The node, and another that is its policy, its clock and its gate."""

    def __init__(self, model, **parameters):
        values = {'model': str(model), 'use_sim_time': True, **parameters}
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        self.node = FailureMonitor(parameter_overrides=overrides)
        self.other = rclpy.create_node('policy')
        self.executor = SingleThreadedExecutor()
        for node in (self.node, self.other):
            self.executor.add_node(node)
        self.clock = self.other.create_publisher(Clock, '/clock', SENSOR)
        self.traces = self.other.create_publisher(PolicyTrace, 'policy/trace', RELIABLE)
        self.heard, self.status, self.now = [], None, 10.0
        hear = self.heard.append
        self.other.create_subscription(FailureScores, 'monitor/scores', hear, RELIABLE)
        self.other.create_subscription(DiagnosticArray, '/diagnostics', self._on_status, RELIABLE)

    def up(self):
        assert self.node.trigger_configure().name == 'SUCCESS'
        self.until(lambda: self.node.now == self.now, 'the clock')
        self.until(lambda: self.traces.get_subscription_count() == 1, 'the node')
        assert self.node.trigger_activate().name == 'SUCCESS'
        self.until(lambda: self.heard, 'the first heartbeat')
        return self

    def _on_status(self, message):
        self.status = message.status[0]

    def until(self, condition, what):
        end = time.monotonic() + GIVE_UP
        while not condition():
            assert time.monotonic() < end, f'gave up waiting for {what}'
            self.clock.publish(Clock(clock=stamp_of(self.now)))
            self.executor.spin_once(timeout_sec=0.01)

    def wait(self, duration):
        """Let simulated time go on."""
        self.now = round(self.now + duration, 6)
        self.until(lambda: abs(self.node.now - self.now) < 1e-6, 'the clock')

    def send(self, message):
        """Publish a trace, and wait until the node has taken or left it."""
        counts = self.node._monitor.counts
        before = counts.steps + counts.out_of_order
        self.traces.publish(message)
        self.until(lambda: counts.steps + counts.out_of_order > before, 'the trace')
        for _ in range(5):
            self.executor.spin_once(timeout_sec=0.01)

    def message(self, episode, step):
        row = episode[step]
        chunk = ActionChunk(row.actions, row.embedding, row.samples)
        return trace_message(chunk, self.now - 0.05, 'base_link', step)

    def play(self, episode, steps=None):
        """Send steps at 15 Hz; what the gate hears meanwhile with scores."""
        begin = len(self.heard)
        for step in range(len(episode)) if steps is None else steps:
            self.send(self.message(episode, step))
            self.wait(1 / 15)
        return [m for m in self.heard[begin:] if m.names]

    def values(self):
        return {v.key: v.value for v in self.status.values}

    def expect_status(self, level, text):
        self.status = None  # what was said before does not count
        self.wait(1.01)
        self.until(lambda: self.status is not None and self.status.level == level
                   and text in self.status.message, f'{text!r}')  # fmt: skip

    def close(self):
        self.executor.shutdown()
        self.node.destroy_node()
        self.other.destroy_node()


@pytest.fixture
def bench(model, request):
    rclpy.init()
    made = Bench(model, **getattr(request, 'param', {}))
    try:
        yield made.up()
    finally:
        made.close()
        rclpy.try_shutdown()


def test_scores_are_those_of_the_library_with_the_stamp_of_the_trace(bench, model):
    heard = bench.play(trace(3))
    library = load_monitor(model)
    expected = score_episode(library.scores, trace(3), WINDOW)
    assert len(heard) == len(trace(3))
    for i, name in enumerate(library.detector.names):
        found = np.array([m.scores[i] for m in heard], np.float32)
        assert np.array_equal(found, expected.scores[name].astype(np.float32))
    assert [m.alarm for m in heard] == library.detector.flags(expected).tolist()
    assert heard[0].alpha == np.float32(0.1)
    assert seconds(heard[0].header.stamp) == pytest.approx(9.95)
    assert all(list(m.names) == ['mahalanobis', 'ace_mean'] for m in heard)


def test_a_failure_is_an_alarm_on_both_topics_and_the_next_episode_begins_without(bench):
    heard = bench.play(trace(200, success=False, steps=40))
    assert any(m.alarm for m in heard) and not heard[0].alarm
    bench.expect_status(DiagnosticStatus.ERROR, 'failure predicted')
    assert not bench.play(trace(3), [0, 1])[0].alarm
    bench.expect_status(DiagnosticStatus.OK, 'watches')
    assert bench.values()['episodes'] == '2' and bench.values()['policy'] == 'toy'


def test_between_goals_there_is_a_heartbeat_without_scores(bench):
    begin = len(bench.heard)
    for _ in range(20):
        bench.wait(0.05)
    beats = bench.heard[begin:]
    assert 8 <= len(beats) <= 11
    assert not any(m.names or m.alarm for m in beats)
    assert all(m.alpha == np.float32(0.1) for m in beats)


@pytest.mark.parametrize('bench', [{'reaction': 'warn'}, {'reaction': 'stop'}], indirect=True)
def test_a_trace_with_nan_is_an_alarm_whatever_the_reaction(bench):
    bench.play(trace(3), range(5))
    message = bench.message(trace(3), 5)
    message.embedding[2] = float('nan')
    bench.send(message)
    last = bench.heard[-1]
    assert last.alarm and np.isnan(last.scores).all() and np.isfinite(last.thresholds).all()
    level = DiagnosticStatus.ERROR if bench.node._config.reaction == 'stop' else (
        DiagnosticStatus.WARN)  # fmt: skip
    bench.expect_status(level, 'failure predicted: the trace has a number that is not')


@pytest.mark.parametrize(
    ('spoil', 'reason'),
    [
        (lambda m: setattr(m, 'embedding', m.embedding[:5]), 'embedding size 5, and 12 is'),
        (lambda m: (setattr(m, 'samples', []), setattr(m, 'sample_count', 0)), 'has no samples'),
        (lambda m: setattr(m, 'actions', m.actions[:7]), 'allowed: (D,), (H, A)'),
    ],
)  # fmt: skip
def test_a_trace_that_cannot_be_scored_is_an_alarm_with_its_cause(bench, spoil, reason):
    message = bench.message(trace(3), 0)
    spoil(message)
    bench.send(message)
    assert bench.heard[-1].alarm
    bench.expect_status(DiagnosticStatus.ERROR, reason)


def test_gaps_late_and_repeated_traces_are_counted(bench):
    episode = trace(3)
    bench.play(episode, [0, 1, 2, 5])
    again = bench.message(episode, 3)
    again.header.stamp = stamp_of(bench.now - 0.2)
    heard = len(bench.heard)
    bench.send(again)
    assert not any(m.names for m in bench.heard[heard:])
    late = bench.message(episode, 6)
    bench.now += 5.0
    bench.wait(0.0)
    bench.send(late)
    bench.expect_status(DiagnosticStatus.WARN, 'missing, late or of no use')
    found = {k: bench.values()[k] for k in ('missing', 'gaps', 'out_of_order', 'late', 'steps')}
    assert found == {'missing': '2', 'gaps': '1', 'out_of_order': '1', 'late': '1', 'steps': '5'}


@pytest.mark.parametrize('bench', [{'reaction': 'warn'}], indirect=True)
def test_warn_says_it_on_diagnostics_and_not_to_the_gate(bench):
    heard = bench.play(trace(200, success=False, steps=40))
    assert len(heard) == 40 and not any(m.alarm for m in heard)
    bench.expect_status(DiagnosticStatus.WARN, 'failure predicted')


@pytest.mark.parametrize('bench', [{'reaction': 'hold', 'hold_time': 0.4}], indirect=True)
def test_hold_keeps_silent_and_then_stops(bench):
    heard = bench.play(trace(200, success=False, steps=40))
    first = next(i for i, m in enumerate(heard) if m.alarm)
    calm, alarm = seconds(heard[first - 1].header.stamp), seconds(heard[first].header.stamp)
    # Silence from the first alarm on, with no heartbeat in it, and the alarm 0.4 s after it.
    assert 0.4 <= alarm - calm <= 0.4 + 2.1 / 15
    between = [m for m in bench.heard if calm < seconds(m.header.stamp) < alarm]
    assert not between


def test_the_shipped_file_names_every_parameter_with_its_default():
    written = yaml.safe_load((CONFIG / 'failure_monitor.yaml').read_text())
    assert written['/**']['ros__parameters'] == dataclasses.asdict(FailureMonitorConfig())


def test_without_a_model_the_node_refuses_to_configure():
    rclpy.init()
    node = FailureMonitor()
    try:
        assert node.trigger_configure().name == 'FAILURE'
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def test_an_inactive_node_says_nothing(bench):
    assert bench.node.trigger_deactivate().name == 'SUCCESS'
    begin = len(bench.heard)
    bench.traces.publish(PolicyTrace(header=Header()))
    for _ in range(5):
        bench.wait(0.2)
    assert len(bench.heard) == begin
