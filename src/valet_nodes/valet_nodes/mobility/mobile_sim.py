"""The simulated mobile base and its world as one node, in place of the drivers."""

import math
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import TransformStamped, Twist, TwistStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import LaserScan
from tf2_msgs.msg import TFMessage
from valet_msgs.msg import MobileTruth

from valet_core.common.config import setting
from valet_core.mobility.body.catalogue import find_embodiment
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.mujoco_sim import MujocoSim
from valet_core.mobility.sim.planar_sim import SimConfig
from valet_core.mobility.sim.scenes import find_world
from valet_nodes.mobility.mobile_messages import odom_to_message, scan_to_message
from valet_nodes.mobility.sim_faults import MOBILE_FAULTS, BaseSensors
from valet_nodes.ros.conversions import (
    make_header,
    seconds,
    stamp_of,
    transform_to_message,
    twist_from_message,
)
from valet_nodes.ros.qos import RELIABLE, TF, TF_STATIC
from valet_nodes.ros.spin import run
from valet_nodes.simulation.simulator import BASE_FRAME, Simulator
from valet_nodes.simulation.simulator_config import SimulatorConfig

__all__ = ['MobileSim', 'MobileSimConfig', 'main']

ODOM_FRAME, LASER_FRAME = 'odom', 'laser'
CMD_VEL_TOPIC = 'cmd_vel'
STEP = 0.01  # s of a step and of /clock
TF_EVERY, TRUTH_EVERY = 2, 5  # steps


@dataclass(frozen=True)
class MobileSimConfig(SimulatorConfig):
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


class MobileSim(Simulator[MobileSimConfig]):
    """Publishes what the drivers of a mobile base with a scanner would."""

    most_steps = 3
    command_topic = CMD_VEL_TOPIC

    def __init__(self, **options: object) -> None:
        """Declare the parameters, build the world and start it.

        Raises:
            ConfigError: for a parameter, an embodiment or a scene that is not right.
        """
        super().__init__('mobile_sim', MobileSimConfig, MOBILE_FAULTS, **options)
        config = self.config
        self._embodiment = find_embodiment(config.embodiment)
        self._sim = _simulator(config, self._embodiment)
        self._noise = self._sim.rng.bit_generator.state
        self._sensors = BaseSensors()
        self._scan_every = max(1, round(1.0 / (config.scan_rate * STEP)))
        self._create_interfaces()
        self.begin(STEP)
        world = self._sim.worlds[0]
        self.get_logger().info(f'{self._embodiment.name} in {world.name}, task {config.task}')

    def _create_interfaces(self) -> None:
        self._tf = self.create_publisher(TFMessage, 'tf', TF)
        self._tf_static = self.create_publisher(TFMessage, 'tf_static', TF_STATIC)
        self._odom = self.create_publisher(Odometry, 'odom', RELIABLE)
        self._scan = self.create_publisher(LaserScan, 'scan', RELIABLE)
        self._truth = self.create_publisher(MobileTruth, 'ground_truth/mobile', RELIABLE)
        kind = TwistStamped if self.config.enable_stamped_cmd_vel else Twist
        self.create_subscription(kind, CMD_VEL_TOPIC, self._on_command, RELIABLE)
        self._tf_static.publish(TFMessage(transforms=[_laser_mount(self._embodiment)]))

    @property
    def elapsed(self) -> float:
        """Time of the world [s]."""
        return self._sim.time

    def advance(self, twist: np.ndarray) -> None:
        """Drive the base, which has no use for the other axes of a twist."""
        self._sim.advance(twist[[0, 1, 5]], STEP, to_end=False)

    def publish(self, fault: str) -> None:
        """Publish what is due."""
        self._publish_odom(fault)
        if self.steps % self._scan_every == 0:
            self._publish_scan(fault)
        if self.steps % TRUTH_EVERY == 0:
            self._publish_truth()

    def show_beginning(self) -> None:
        """Publish everything."""
        self._publish_odom('none')
        self._publish_scan('none')
        self._publish_truth()

    def rewind_noise(self) -> None:
        """Put the generator back that all noise comes from."""
        self._sim.rng.bit_generator.state = self._noise

    def restart(self) -> str:
        """Put the base back to its start."""
        self._sim.reset(tasks=np.array([self.config.task]))
        return 'the base stands at its start again'

    def _on_command(self, message: TwistStamped | Twist) -> None:
        stamped = isinstance(message, TwistStamped)
        twist = twist_from_message(message.twist if stamped else message)
        stamp, frame = 0.0, BASE_FRAME
        if stamped:
            stamp, frame = seconds(message.header.stamp), message.header.frame_id
        self.command(stamp, frame, twist)

    def _publish_scan(self, fault: str) -> None:
        ranges = self._sensors.scan(self._sim.scan(), fault)
        if ranges is not None:
            header = make_header(stamp_of(self.time), LASER_FRAME)
            period = self._scan_every * STEP
            self._scan.publish(scan_to_message(ranges, self._embodiment.sensor, header, period))

    def _publish_odom(self, fault: str) -> None:
        pose = self._sensors.odom(self._sim.odom[0], fault)
        if pose is None:
            return
        header = make_header(stamp_of(self.time), ODOM_FRAME)
        velocity = self._sim.measured_velocity()
        self._odom.publish(odom_to_message(pose, velocity, header, BASE_FRAME))
        if self.steps % TF_EVERY == 0 and np.isfinite(pose).all():
            transform = transform_to_message(_planar(*pose), header, BASE_FRAME)
            self._tf.publish(TFMessage(transforms=[transform]))

    def _publish_truth(self) -> None:
        pose, velocity = self._sim.pose[0], self._sim.velocity[0]
        self._truth.publish(
            MobileTruth(
                header=make_header(stamp_of(self.time), 'world'),
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


def _laser_mount(embodiment: Embodiment) -> TransformStamped:
    """Where the scanner sits on the base."""
    matrix = _planar(*embodiment.sensor.pose)
    matrix[2, 3] = embodiment.body.sensor_height
    return transform_to_message(matrix, make_header(stamp_of(0.0), BASE_FRAME), LASER_FRAME)


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
