"""What every gate guarantees whatever happens to its inputs."""

import numpy as np
import pytest
from core.safety.gate_bench import ARM as SEEN
from core.safety.gate_bench import AWAY, LIMITS, placed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.labels import Label
from valet_core.safety import GateState
from valet_core.safety.arm import ArmGate, ArmGateConfig, Verdict
from valet_core.safety.base import BaseGate, BaseGateConfig

MOVES = (GateState.PASSING, GateState.CLAMPING)
ARM, BASE = ArmGateConfig(), BaseGateConfig()
FRAMES = ArmGate(ARM).link_frames
ANY = st.floats(allow_nan=True, allow_infinity=True)
USUAL = st.floats(-1.0, 1.0)
NUMBER = st.one_of(USUAL, USUAL, USUAL, ANY)
FRAME = st.sampled_from(['base_link'] * 8 + ['tool0', ''])
OFFSET = st.one_of(st.just(0.0), st.just(0.0), st.floats(-1.0, 1.0), ANY)


def vector(size, element=NUMBER):
    return st.lists(element, min_size=size, max_size=size).map(np.array)


def common(size):
    """Events of every gate."""
    usual = vector(size, st.floats(-3.0, 3.0))
    commands = st.one_of(st.just(np.zeros(size)), usual, usual, vector(size))
    return [
        *[st.tuples(st.just('command'), OFFSET, FRAME, commands)] * 3,
        st.tuples(st.just('stop'), st.sampled_from([False] * 8 + [True])),
        st.tuples(st.just('wait'), st.one_of(st.floats(0.0, 0.02), st.floats(-1.0, 1.0))),
        st.tuples(st.just('stand'), st.floats(0.0, 0.3)),
        *[st.tuples(st.just('good'), st.integers(1, 20))] * 2,
        st.tuples(st.just('reset')),
        st.tuples(st.just('deactivate')),
        st.tuples(st.just('activate')),
    ]


def robot_at(position):
    """Poses of all links at a place."""
    return {name: placed(position) for name in FRAMES}


def seen_about(position):
    """Points of a body about a place."""
    return position + np.linspace(-0.1, 0.1, 30)[:, None] * np.ones(3)


VERDICT = st.builds(
    lambda alarm, score, most: Verdict(alarm, ['rnd'], [score], [most]),
    st.sampled_from([False] * 8 + [True]), NUMBER, NUMBER,
)  # fmt: skip
PERCEIVED = st.builds(ArmEstimate, vector(12).map(lambda v: v.reshape(4, 3)), vector(4))
ARM_EVENT = st.one_of(
    *common(6),
    st.tuples(st.just('wrench'), OFFSET, st.sampled_from(['tool0'] * 8 + ['x']), vector(6)),
    st.tuples(st.just('perception'), OFFSET, FRAME, PERCEIVED),
    st.tuples(st.just('tool'), OFFSET, vector(3)),
    st.tuples(st.just('scores'), OFFSET, VERDICT),
    st.tuples(st.just('links'), OFFSET, st.one_of(vector(3), vector(3, USUAL)).map(robot_at)),
    st.tuples(st.just('cloud'), OFFSET, FRAME, vector(3).map(seen_about)),
)
BASE_EVENT = st.one_of(
    *common(3),
    st.tuples(st.just('scan'), OFFSET, vector(8, st.one_of(st.floats(0.0, 12.0), ANY))),
    st.tuples(st.just('scan'), OFFSET, vector(7)),
    st.tuples(st.just('odom'), OFFSET, st.sampled_from(['odom'] * 8 + ['map']), vector(6)),
)


class Watched:
    """A gate whose every decision is checked against the guarantees."""

    def __init__(self, gate, period, size):
        self.gate, self.period = gate, period
        self.gate.activate()
        self.now, self.steady = 100.0, 0.0
        self.last, self.last_now = np.zeros(size), 100.0
        self.stopped, self.passed = False, 0
        self.causes = set()  # what must hold off a reset, by what was sent
        self.rng = np.random.default_rng(0)

    def step(self, period=0.0, steady=None):
        if period < 0.0:
            self.causes.discard('command')  # with the old time goes what came in it
        self.now += period
        self.steady += max(period, 0.0) if steady is None else steady
        decision = self.gate.step(self.now, self.steady)
        assert np.isfinite(decision.command).all()
        self.check_limits(decision.command)
        if decision.state not in MOVES:
            assert not decision.command.any()
            assert decision.rule
            assert decision.reason
        else:
            assert not self.causes
            self.passed += 1
            self.check_change(decision, max(self.now - self.last_now, 0.0))
        if self.stopped:
            assert decision.state is GateState.STOPPED
        self.stopped = decision.state is GateState.STOPPED
        self.last, self.last_now = decision.command, self.now

    def good(self, count):
        """Everything in order for some ticks, first from rest and then in motion."""
        for i in range(count):
            at = self.now + self.period
            self.sense(at)
            self.gate.command(at, at, 'base_link', np.full_like(self.last, 0.3 * (i > 2)))
            self.causes.discard('command')
            self.step(self.period)

    def reset(self):
        latched = self.gate.latched is not None
        accepted = self.gate.reset(self.now).accepted
        assert not (latched and accepted and self.causes)
        self.stopped &= not accepted

    def apply(self, event):
        kind, *rest = event
        if kind == 'wait':
            self.step(*rest)
        elif kind == 'stand':
            for _ in range(round(rest[0] / self.period)):
                self.step(0.0, self.period)
        elif kind == 'good':
            self.good(*rest)
        elif kind == 'reset':
            self.reset()
        elif kind in ('activate', 'deactivate'):
            getattr(self.gate, kind)()
        elif kind == 'stop':
            getattr(self.gate, kind)(self.now, *rest)
            self.note(kind, rest)
        else:
            offset, *values = rest
            labels = [np.full(30, Label.BODY)] if kind == 'cloud' else []
            getattr(self.gate, kind)(self.now, self.now + offset, *values, *labels)
            self.note(kind, values)
        self.step()

    def note(self, kind, values):
        """Keep which messages are a cause to stop, until one of their kind is none."""
        if kind == 'stop':
            lasts = values[0]
        elif kind == 'scores':
            alarm, _, *numbers = values[0]
            lasts = alarm or not np.isfinite(numbers).all()
        elif kind == 'command':
            lasts = values[0] != 'base_link' or not np.isfinite(values[1]).all()
        else:
            return
        (self.causes.add if lasts else self.causes.discard)(kind)


class WatchedArm(Watched):
    def __init__(self):
        super().__init__(ArmGate(ARM), 0.01, 6)
        self.position = np.zeros(3)

    def sense(self, at):
        self.position = self.position + 0.01 * self.last[:3]
        self.gate.wrench(at, at, 'tool0', self.rng.normal(size=6))
        self.gate.tool(at, at, self.position)
        self.gate.perception(at, at, 'base_link', SEEN)
        self.gate.cloud(at, at, 'base_link', np.zeros((0, 3)), np.zeros(0))
        self.gate.links(at, at, robot_at(AWAY))

    def check_limits(self, twist):
        assert np.linalg.norm(twist[:3]) <= ARM.motion.linear_speed + 1e-9
        assert np.linalg.norm(twist[3:]) <= ARM.motion.angular_speed + 1e-9

    def check_change(self, decision, elapsed):
        elapsed = min(elapsed, ARM.motion.longest_step)
        change = decision.command - self.last
        late = any(name.startswith('late_') for name in decision.clamped)
        bounds = (ARM.motion.linear_acceleration, ARM.motion.angular_acceleration)
        for part, bound in zip((slice(0, 3), slice(3, 6)), bounds, strict=True):
            if np.linalg.norm(change[part]) <= bound * elapsed + 1e-9:
                continue
            # Only braking, at the workspace's boundary, before the person or for a late input, may
            # be harder.
            at_face = 'workspace' in decision.clamped and part.start == 0
            assert late or at_face or 'separation' in decision.clamped
            before = np.linalg.norm(self.last[part])
            slower = np.linalg.norm(decision.command[part]) <= before + 1e-9
            assert slower or 'workspace' in decision.clamped


class WatchedBase(Watched):
    def __init__(self):
        super().__init__(BaseGate(BASE, LIMITS), 0.02, 3)

    def sense(self, at):
        self.gate.scan(at, at, self.rng.uniform(1.0, 9.0, LIMITS.rays))
        self.gate.odom(at, at, 'odom', np.zeros(6))

    def check_limits(self, velocity):
        high = np.array([LIMITS.forward, LIMITS.lateral, LIMITS.yaw_rate])
        low = -np.array([LIMITS.backward, LIMITS.lateral, LIMITS.yaw_rate])
        assert (velocity <= high + 1e-9).all()
        assert (velocity >= low - 1e-9).all()

    def check_change(self, decision, elapsed):
        bound = np.array(
            [LIMITS.acceleration, LIMITS.lateral_acceleration, LIMITS.yaw_acceleration]
        )
        change = np.abs(decision.command - self.last)
        if (change > bound * min(elapsed, BASE.longest_step) + 1e-9).any():
            # Only a clock that stands, by which no ramp gets anywhere, has it rest at once.
            assert 'late_clock' in decision.clamped
            assert not decision.command.any()


@pytest.mark.parametrize(
    ('make', 'event'), [(WatchedArm, ARM_EVENT), (WatchedBase, BASE_EVENT)], ids=['arm', 'base']
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_in_the_output_is_safe(make, event, data):
    watched = make()
    watched.good(10)
    for one in data.draw(st.lists(event, min_size=1, max_size=40)):
        watched.apply(one)
    assert watched.passed > 0


@settings(max_examples=50, deadline=None)
@given(
    st.lists(vector(6, st.floats(-5.0, 5.0)), min_size=1, max_size=30),
    vector(3, st.floats(-0.5, 0.5)),
)
def test_an_arm_that_follows_never_leaves_the_workspace(twists, start):
    gate, rng = ArmGate(ARM), np.random.default_rng(0)
    gate.activate()
    position, now = start, 1.0
    for twist in [np.zeros(6), *twists]:
        for _ in range(20):
            now += 0.01
            gate.wrench(now, now, 'tool0', rng.normal(size=6))
            gate.tool(now, now, position)
            gate.perception(now, now, 'base_link', SEEN)
            gate.cloud(now, now, 'base_link', np.zeros((0, 3)), np.zeros(0))
            gate.links(now, now, robot_at(AWAY))
            gate.command(now, now, 'base_link', twist)
            decision = gate.step(now, now)
            assert decision.state in MOVES or now < 1.015
            position = position + 0.01 * decision.command[:3]
            assert (position >= np.array(ARM.motion.workspace_low) - 1e-9).all()
            assert (position <= np.array(ARM.motion.workspace_high) + 1e-9).all()
