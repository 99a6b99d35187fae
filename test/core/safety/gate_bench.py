"""Gates with every input coming at their own rate, and ways to break each of them."""

import numpy as np

from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.labels import Label
from valet_core.safety import GateState
from valet_core.safety.arm import ArmGate, ArmGateConfig
from valet_core.safety.base import BaseBody, BaseGate, BaseGateConfig, BaseLimits

# A square of 0.6 m with eight rays from its middle, the first to the right of ahead.
BODY = BaseBody(
    np.array([[0.3, -0.3], [0.3, 0.3], [-0.3, 0.3], [-0.3, -0.3]]),
    np.radians(np.arange(8) * 45.0 - 45.0), np.zeros(2), lag=0.1,
)  # fmt: skip
LIMITS = BaseLimits(2.0, 1.0, 0.5, 2.0, 2.0, 1.0, 4.0, rays=8, range_max=10.0, body=BODY)
NAN = float('nan')
NO_ARM = ArmEstimate(np.zeros((4, 3)), np.zeros(4))  # as perception says that it sees none
# Shoulder to fingertip along x: wrist at 0.2 m, elbow at 0.45 m from the fingertip at 0.
JOINTS = np.array([[0.75, 0.0, 0.0], [0.45, 0.0, 0.0], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0]])
ARM = ArmEstimate(JOINTS, np.ones(4))
AWAY = np.array([0.0, 0.0, 2.0])  # where the links of a robot are near nothing [m]


class Bench:
    """What is the same for each gate. Messages come at the gate's own rate, in order."""

    SENDERS: tuple[str, ...]  # each has a method `send_...`
    MOVE: np.ndarray
    NAMES: dict[str, str]  # of the inputs, as they are in reasons
    DELAYS: dict[str, float] = {}  # of stamps on arrival [s]

    def __init__(self, config):
        self.config, self.period = config, 1.0 / config.rate
        self.now, self.steady = 10.0, 1000.0
        self.rng = np.random.default_rng(1)
        self.muted, self.command = set(), np.zeros_like(self.MOVE)
        self.decision = None

    def tick(self, count=1, period=None):
        for _ in range(count):
            self.now += self.period if period is None else period
            self.steady += self.period if period is None else period
            self.feed()
            self.step()
        return self.decision

    def feed(self):
        for name in self.SENDERS:
            if name not in self.muted:
                getattr(self, f'send_{name}')()

    def step(self):
        self.decision = self.gate.step(self.now, self.steady)
        return self.decision

    def ticks(self, duration):
        """The first tick that is later than a duration by more than round-off."""
        return int(np.floor(duration / self.period + 1e-6)) + 1

    def deadlines(self, name):
        return getattr(self.config.inputs, name)

    def send_command(self, command=None, stamp=None, frame='base_link'):
        command = self.command if command is None else command
        self.gate.command(self.now, self.now if stamp is None else stamp, frame, command)

    def send_stop(self):
        self.gate.stop(self.now, False)

    def moving(self):
        """Bring the gate to pass a steady motion."""
        self.gate.activate()
        self.tick(3)
        self.command = self.MOVE
        self.tick(30)
        assert self.decision.state is GateState.PASSING
        np.testing.assert_allclose(self.decision.command, self.MOVE)
        return self

    def braking(self):
        """Longest time that the limits take to rest from MOVE [s]."""
        raise NotImplementedError

    def mend(self):
        self.muted.clear()

    def check_stopped(self, rule, reason=''):
        """The gate sends zero now and, with every input in order again, until a reset."""
        stopped = self.step()
        assert stopped.state is GateState.STOPPED
        assert stopped.rule == rule, stopped.reason
        assert reason in stopped.reason
        assert not stopped.command.any()
        self.mend()
        self.tick(100)
        assert self.decision[1:] == stopped[1:]
        assert not self.decision.command.any()
        assert self.gate.reset(self.now).accepted


def placed(position):
    """A pose without a turn."""
    T = np.eye(4)
    T[:3, 3] = position
    return T


class ArmBench(Bench):
    SENDERS = ('wrench', 'tool', 'perception', 'cloud', 'links', 'command')
    MOVE = np.array([0.1, 0.0, 0.0, 0.0, 0.0, 0.0])
    NAMES = {
        'command': 'policy/command',
        'wrench': 'wrench',
        'perception': 'perception/arm',
        'tool': 'tf base_link -> tool0',
        'cloud': 'perception/cloud',
        'links': 'tf base_link -> the links',
    }
    DELAYS = {'perception': 0.03, 'cloud': 0.03}

    def __init__(self, config=None):
        super().__init__(config or ArmGateConfig())
        self.gate = ArmGate(self.config)
        self.force, self.position, self.arm = np.zeros(3), np.zeros(3), NO_ARM
        self.seen = np.zeros((0, 3))  # points of the body [m]
        self.away = AWAY  # of the gripper from the tool [m]

    def braking(self):
        return 0.0  # lateness may brake an arm harder than its acceleration limit

    def mend(self):
        super().mend()
        self.force = np.zeros(3)

    def wrench(self):
        return np.concatenate([self.force, np.zeros(3)]) + self.rng.normal(0.0, 0.01, 6)

    def send_wrench(self):
        self.gate.wrench(self.now, self.now, 'tool0', self.wrench())

    def send_tool(self):
        self.gate.tool(self.now, self.now, self.position)

    def send_perception(self):
        stamp = self.now - self.DELAYS['perception']
        self.gate.perception(self.now, stamp, 'base_link', self.arm)

    def send_cloud(self):
        stamp, labels = self.now - self.DELAYS['cloud'], np.full(len(self.seen), Label.BODY)
        self.gate.cloud(self.now, stamp, 'base_link', self.seen, labels)

    def send_links(self):
        self.gate.links(self.now, self.now, self.poses())

    def poses(self):
        """Of the links, in one place above the gripper and turned like the base, and the tool."""
        poses = {name: placed(self.position + 2.0 * AWAY) for name in self.gate.link_frames}
        flange = placed(self.position + self.away)
        return {**poses, 'flange': flange, 'tool0': placed(self.position)}


class BaseBench(Bench):
    SENDERS = ('odom', 'scan', 'command')
    MOVE = np.array([0.5, 0.0, 0.5])
    NAMES = {'command': 'mobility/cmd_vel', 'scan': 'scan', 'odom': 'odom'}

    def __init__(self, config=None):
        super().__init__(config or BaseGateConfig())
        self.gate = BaseGate(self.config, LIMITS)
        self.odom, self.odom_frame, self.ranges = np.zeros(6), 'odom', None

    def braking(self):
        change = (LIMITS.acceleration, LIMITS.lateral_acceleration, LIMITS.yaw_acceleration)
        return float((np.abs(self.MOVE) / change).max())

    def send_odom(self):
        self.gate.odom(self.now, self.now, self.odom_frame, self.odom)

    def send_scan(self):
        fresh = 3.0 + 0.01 * self.rng.standard_normal(LIMITS.rays)
        self.gate.scan(self.now, self.now, fresh if self.ranges is None else self.ranges)


BENCHES = {'arm': ArmBench, 'base': BaseBench}
