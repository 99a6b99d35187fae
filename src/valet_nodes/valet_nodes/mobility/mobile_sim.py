"""The simulated mobile base and its world as one node, in place of the drivers."""

import math
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import LaserScan
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from valet_msgs.msg import MobileTruth

from valet_core.common.config import check, setting
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.mujoco_sim import MujocoSim
from valet_core.mobility.sim.planar_sim import SimConfig
from valet_core.mobility.sim.scenes import find_world
from valet_nodes.mobility.mobile_messages import odom_to_message, scan_to_message
from valet_nodes.mobility.sim_faults import MOBILE_FAULTS, BaseSensors
from valet_nodes.ros.conversions import (
    make_header,
    stamp_of,
    transform_to_message,
    twist_from_message,
)
from valet_nodes.ros.parameters import declare_choice, declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF, TF_STATIC
from valet_nodes.ros.spin import run
from valet_nodes.simulation.driver import TwistDriver

__all__ = ['MobileSim', 'MobileSimConfig', 'main']

BASE_FRAME, ODOM_FRAME, LASER_FRAME = 'base_link', 'odom', 'laser'
STEP = 0.01  # s of a step and of /clock
ODOM_EVERY, TRUTH_EVERY = 2, 5  # steps
MAX_BEHIND = 0.1  # a simulation that falls further behind goes on slower [s]


@dataclass(frozen=True)
class MobileSimConfig:
    """The base, the world, and how they are shown to the other nodes."""

    embodiment: str = setting('jackal_real', 'name of the base, or path of its .yaml')
    scene: str = setting(
        'barn', 'barn, warehouse, office, ward, or path of a .jsonl with BARN worlds'
    )
    seed: int = setting(0, 'of scene and noise; of a file: which world', '', 0, 2**31 - 1)
    task: int = setting(0, 'which of the drives of the scene: where the base starts', '', 0, 1000)
    people: bool = setting(False, 'let people walk, in scenes that have some')
    noise: bool = setting(True, 'noise on scan, odometry and motion')
    scan_rate: float = setting(20.0, 'scans', 'Hz', 1.0, 100.0)
    command_timeout: float = setting(0.2, 'without a command the base stops after', 's', 0.01, 2.0)
    enable_stamped_cmd_vel: bool = setting(True, 'cmd_vel is a TwistStamped, else a Twist')
    real_time_factor: float = setting(
        1.0, 'simulated time over real time; 0 is as fast as it goes', '', 0.0, 100.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class MobileSim(Node):
    """Steps the world at its pace and publishes what the drivers of a base would.

    Simulated time never goes back: `mobile_sim/reset` starts the drive anew later in time.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters, build the world and start it.

        Raises:
            ConfigError: for a parameter, an embodiment or a scene that is not right.
        """
        super().__init__('mobile_sim', **options)
        declare_choice(self, 'fault', MOBILE_FAULTS)
        self._config = config = declare_config(self, MobileSimConfig)
        self._embodiment = find_embodiment(config.embodiment)
        self._sim = _simulator(config, self._embodiment)
        self._past, self._steps = 0.0, 0
        self._driver = TwistDriver(BASE_FRAME, config.command_timeout)
        self._sensors = BaseSensors()
        self._scan_every = max(1, round(1.0 / (config.scan_rate * STEP)))
        self._create_interfaces()
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._wall = self._wall_now()
        period = STEP / config.real_time_factor if config.real_time_factor else 1e-4
        self.create_timer(period, self._tick, clock=self._steady)
        world = self._sim.worlds[0]
        self.get_logger().info(f'{self._embodiment.name} in {world.name}, task {config.task}')

    def _create_interfaces(self) -> None:
        self._time_source = self.create_publisher(ClockMessage, '/clock', SENSOR)
        self._tf = self.create_publisher(TFMessage, 'tf', TF)
        self._tf_static = self.create_publisher(TFMessage, 'tf_static', TF_STATIC)
        self._odom = self.create_publisher(Odometry, 'odom', RELIABLE)
        self._scan = self.create_publisher(LaserScan, 'scan', SENSOR)
        self._truth = self.create_publisher(MobileTruth, 'ground_truth/mobile', RELIABLE)
        kind = TwistStamped if self._config.enable_stamped_cmd_vel else Twist
        self.create_subscription(kind, 'cmd_vel', self._on_command, RELIABLE)
        self.create_service(Trigger, 'mobile_sim/reset', self._on_reset)
        x, y, yaw = self._embodiment.sensor.pose
        matrix = _planar(x, y, yaw)
        matrix[2, 3] = self._embodiment.body.sensor_height
        header = make_header(stamp_of(0.0), BASE_FRAME)
        static = TFMessage(transforms=[transform_to_message(matrix, header, LASER_FRAME)])
        self._tf_static.publish(static)

    @property
    def _time(self) -> float:
        return self._past + self._sim.time

    def _wall_now(self) -> float:
        return 1e-9 * self._steady.now().nanoseconds

    def _on_command(self, message: TwistStamped | Twist) -> None:
        stamped = isinstance(message, TwistStamped)
        frame = message.header.frame_id if stamped else BASE_FRAME
        twist = twist_from_message(message.twist if stamped else message)
        refusal = self._driver.command(self._time, frame, twist)
        if refusal:
            self.get_logger().error(refusal, throttle_duration_sec=1.0)

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._past = self._time
        self._sim.reset(tasks=np.array([self._config.task]))
        response.success, response.message = True, 'the base stands at its start again'
        return response

    def _tick(self) -> None:
        """Step until the simulation has caught up with its pace."""
        now, factor = self._wall_now(), self._config.real_time_factor
        if factor == 0.0:
            self._step()
            return
        self._wall = max(self._wall, now - MAX_BEHIND)
        # Few steps a call, so that commands are taken between them.
        for _ in range(3):
            if self._wall + STEP / factor > now:
                return
            self._wall += STEP / factor
            self._step()

    def _step(self) -> None:
        command = self._driver.twist(self._time)[[0, 1, 5]]
        self._sim.advance(command, STEP, to_end=False)
        self._steps += 1
        stamp = stamp_of(self._time)
        self._time_source.publish(ClockMessage(clock=stamp))
        fault = self.get_parameter('fault').value
        scanning = self._steps % self._scan_every == 0
        if scanning or self._steps % ODOM_EVERY == 0:
            self._publish_odom(fault)
        if scanning:
            ranges = self._sensors.scan(self._sim.scan(), fault)
            if ranges is not None:
                header = make_header(stamp, LASER_FRAME)
                period = self._scan_every * STEP
                self._scan.publish(
                    scan_to_message(ranges, self._embodiment.sensor, header, period)
                )
        if self._steps % TRUTH_EVERY == 0:
            self._publish_truth()

    def _publish_odom(self, fault: str) -> None:
        pose = self._sensors.odom(self._sim.odom[0], fault)
        if pose is None:
            return
        header = make_header(stamp_of(self._time), ODOM_FRAME)
        velocity = self._sim.measured_velocity()
        self._odom.publish(odom_to_message(pose, velocity, header, BASE_FRAME))
        if np.isfinite(pose).all():
            transform = transform_to_message(_planar(*pose), header, BASE_FRAME)
            self._tf.publish(TFMessage(transforms=[transform]))

    def _publish_truth(self) -> None:
        pose, velocity = self._sim.pose[0], self._sim.velocity[0]
        self._truth.publish(
            MobileTruth(
                header=make_header(stamp_of(self._time), 'world'),
                x=float(pose[0]), y=float(pose[1]), yaw=float(pose[2]),
                speed=float(np.hypot(*velocity[:2])),
                collided=bool(self._sim.contact), fallen=self._sim.fallen,
                contact=self._sim.contact,
            )
        )  # fmt: skip


def _simulator(config: MobileSimConfig, embodiment: Embodiment) -> MujocoSim:
    world = find_world(config.scene, config.seed, embodiment, config.task)
    # The drive has no end of its own here: the goal is a matter of the other nodes.
    rules = SimConfig(period=STEP, timeout=3600.0, noise=config.noise, people=config.people)
    sim = MujocoSim(embodiment, [world], 1, rules, config.seed)
    sim.reset(worlds=np.array([0]), tasks=np.array([config.task]))
    return sim


def _planar(x: float, y: float, yaw: float) -> np.ndarray:
    """T_parent_child of a pose on the floor, (4, 4)."""
    matrix = np.eye(4)
    c, s = math.cos(yaw), math.sin(yaw)
    matrix[:2, :2] = (c, -s), (s, c)
    matrix[:2, 3] = x, y
    return matrix


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(MobileSim)
