"""What the safety gate guarantees whatever happens to its inputs."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valet_core.safety import Gate, GateConfig, GateState

CONFIG = GateConfig()
MOTION = CONFIG.motion
ANY = st.floats(allow_nan=True, allow_infinity=True)
USUAL = st.floats(-1.0, 1.0)
NUMBER = st.one_of(USUAL, USUAL, USUAL, ANY)
FRAME = st.sampled_from(['base_link'] * 8 + ['tool0', ''])
OFFSET = st.one_of(st.just(0.0), st.just(0.0), st.floats(-1.0, 1.0), ANY)


def vector(size, element=NUMBER):
    return st.lists(element, min_size=size, max_size=size).map(np.array)


USUAL_TWIST = st.one_of(st.just(np.zeros(6)), vector(6, USUAL), vector(6, USUAL), vector(6))
EVENT = st.one_of(
    *[st.tuples(st.just('command'), OFFSET, FRAME, USUAL_TWIST)] * 3,
    st.tuples(st.just('wrench'), OFFSET, st.sampled_from(['tool0'] * 8 + ['x']), vector(6)),
    st.tuples(st.just('perception'), OFFSET, FRAME, vector(12).map(lambda v: v.reshape(4, 3))),
    st.tuples(st.just('tool'), OFFSET, vector(3)),
    st.tuples(st.just('scores'), OFFSET, st.sampled_from([False] * 8 + [True])),
    st.tuples(st.just('phase'), st.sampled_from(['forearm', 'idle', 'nonsense'])),
    st.tuples(st.just('stop'), st.sampled_from([False] * 8 + [True])),
    st.tuples(st.just('wait'), st.one_of(st.floats(0.0, 0.02), st.floats(-1.0, 1.0))),
    st.tuples(st.just('good'), st.integers(1, 20)),
    st.tuples(st.just('good'), st.integers(1, 20)),
    st.tuples(st.just('reset')),
    st.tuples(st.just('deactivate')),
    st.tuples(st.just('activate')),
)


class Watched:
    """A gate whose every decision is checked against the guarantees."""

    def __init__(self):
        self.gate = Gate(CONFIG)
        self.gate.activate()
        self.now, self.steady = 100.0, 0.0
        self.last, self.last_now = np.zeros(6), 100.0
        self.stopped = False
        self.rng = np.random.default_rng(0)
        self.position = np.zeros(3)
        self.passed = 0

    def step(self, period=0.01):
        self.now += period
        self.steady += max(period, 0.0)
        decision = self.gate.step(self.now, self.steady)
        twist = decision.twist
        assert np.isfinite(twist).all()
        assert np.linalg.norm(twist[:3]) <= MOTION.linear_speed + 1e-9
        assert np.linalg.norm(twist[3:]) <= MOTION.angular_speed + 1e-9
        if decision.state not in (GateState.PASSING, GateState.CLAMPING):
            assert not twist.any()
        else:
            self.passed += 1
            self.check_change(decision)
        if self.stopped:
            assert decision.state is GateState.STOPPED
            assert decision.rule
            assert decision.reason
        self.stopped = decision.state is GateState.STOPPED
        self.last, self.last_now = twist, self.now

    def check_change(self, decision):
        elapsed = min(max(self.now - self.last_now, 0.0), MOTION.longest_step)
        change = decision.twist - self.last
        late = any(name.startswith('late_') for name in decision.clamped)
        bounds = (MOTION.linear_acceleration, MOTION.angular_acceleration)
        for part, bound in zip((slice(0, 3), slice(3, 6)), bounds, strict=True):
            if np.linalg.norm(change[part]) <= bound * elapsed + 1e-9:
                continue
            # Only braking, at the workspace's boundary or for a late input, may be harder.
            assert late or ('workspace' in decision.clamped and part.start == 0)
            slower = np.linalg.norm(decision.twist[part]) <= np.linalg.norm(self.last[part]) + 1e-9
            assert slower or 'workspace' in decision.clamped

    def good(self, count):
        """Everything in order for some ticks, first from rest and then in motion."""
        for i in range(count):
            at = self.now + 0.01
            self.gate.wrench(at, at, 'tool0', self.rng.normal(size=6))
            self.gate.tool(at, at, self.position)
            self.gate.perception(at, at, 'base_link', np.zeros((4, 3)))
            self.gate.command(at, at, 'base_link', np.full(6, 0.3 if i > 2 else 0.0))
            self.step()
            self.position = self.position + 0.01 * self.last[:3]

    def apply(self, event):
        kind, *rest = event
        if kind == 'wait':
            self.step(*rest)
        elif kind == 'good':
            self.good(*rest)
        elif kind == 'reset':
            self.stopped &= not self.gate.reset(self.now).accepted
        elif kind in ('activate', 'deactivate'):
            getattr(self.gate, kind)()
        elif kind in ('phase', 'stop'):
            getattr(self.gate, kind)(self.now, *rest)
        else:
            offset, *values = rest
            getattr(self.gate, kind)(self.now, self.now + offset, *values)
        self.step(0.0)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENT, min_size=1, max_size=40))
def test_whatever_comes_in_the_output_is_safe(events):
    watched = Watched()
    watched.good(10)
    for event in events:
        watched.apply(event)
    assert watched.passed > 0


@settings(max_examples=50, deadline=None)
@given(
    st.lists(vector(6, st.floats(-5.0, 5.0)), min_size=1, max_size=30),
    vector(3, st.floats(-0.5, 0.5)),
)
def test_a_robot_that_follows_never_leaves_the_workspace(twists, start):
    gate, rng = Gate(CONFIG), np.random.default_rng(0)
    gate.activate()
    position, now = start, 1.0
    for twist in [np.zeros(6), *twists]:
        for _ in range(20):
            now += 0.01
            gate.wrench(now, now, 'tool0', rng.normal(size=6))
            gate.tool(now, now, position)
            gate.perception(now, now, 'base_link', np.zeros((4, 3)))
            gate.command(now, now, 'base_link', twist)
            decision = gate.step(now, now)
            assert decision.state in (GateState.PASSING, GateState.CLAMPING) or now < 1.015
            position = position + 0.01 * decision.twist[:3]
            assert (position >= np.array(MOTION.workspace_low) - 1e-9).all()
            assert (position <= np.array(MOTION.workspace_high) + 1e-9).all()
