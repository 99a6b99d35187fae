"""The simulated robot, person, garment and camera as one node, in place of the drivers."""

from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from valet_msgs.msg import DressingTruth

from valet_core.common.config import setting
from valet_core.dressing.sim.cells import MAX_SEED, DressingCell
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.garments import GARMENT_KINDS, garment, vary
from valet_core.simulation.person import PersonConfig
from valet_nodes.dressing.sim_cameras import SimCameras
from valet_nodes.dressing.sim_faults import FAULTS, WrenchSensor
from valet_nodes.ros.conversions import (
    make_header,
    stamp_of,
    transform_to_message,
    twist_from_message,
    wrench_to_message,
)
from valet_nodes.ros.parameters import declare_choice, declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF
from valet_nodes.ros.spin import run
from valet_nodes.simulation.driver import TwistDriver

__all__ = ['DressingSim', 'DressingSimConfig', 'main']

BASE_FRAME, TOOL_FRAME = 'base_link', 'tool0'
MAX_BEHIND = 0.1  # a simulation that falls further behind goes on slower [s]


@dataclass(frozen=True)
class DressingSimConfig(PersonConfig):
    """The scene, and how it is shown to the other nodes."""

    garment: str = setting('cardigan', 'kind of the garment', choices=GARMENT_KINDS)
    seed: int = setting(0, 'of everything random in the scene', '', 0, MAX_SEED)
    real_time_factor: float = setting(
        1.0, 'simulated time over real time; 0 is as fast as it goes', '', 0.0, 100.0
    )
    camera_rate: float = setting(15.0, 'images of the camera', 'Hz', 1.0, 60.0)
    scene_camera_rate: float = setting(
        0.0, 'images of the whole scene; 0 for none', 'Hz', 0.0, 60.0
    )
    command_timeout: float = setting(
        0.1, 'longest gap between commands', 's', 0.01, 1.0
    )
    wrench_noise_force: float = setting(0.05, 'of the sensor, standard deviation', 'N', 0.0, 10.0)
    wrench_noise_torque: float = setting(0.005, 'likewise', 'N m', 0.0, 1.0)


class DressingSim(Node):
    """Steps the world at its pace and publishes what the drivers of a robot would.

    Simulated time never goes back: `dressing_sim/reset` starts the episode anew later in time.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters, build the scene and start it.

        Args:
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
            MotionError: if the robot cannot reach the hand.
        """
        super().__init__('dressing_sim', **options)
        declare_choice(self, 'fault', FAULTS)
        self._config = config = declare_config(self, DressingSimConfig)
        self._world = DressingWorld(_cell(config))
        rng = np.random.default_rng([config.seed, 2])
        self._sensor = WrenchSensor(config.wrench_noise_force, config.wrench_noise_torque, rng)
        self._driver = TwistDriver(BASE_FRAME, config.command_timeout)
        self._past = 0.0  # simulated time of earlier episodes
        self._best = np.zeros(2)
        self._steps = 0
        self._create_interfaces()
        self._cameras = SimCameras(self, self._world, config)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._wall = self._wall_now()
        pace = config.real_time_factor
        period = self._world.timestep / pace if pace else 1e-4
        self.create_timer(period, self._tick, clock=self._steady)
        self.get_logger().info(
            f'{config.garment} before the {config.side} hand, elbow at '
            f'{config.elbow_flexion_deg:.0f} deg, seed {config.seed}'
        )

    def destroy_node(self) -> None:
        """Stop the cameras first: they publish from a thread of their own."""
        self._cameras.close()
        super().destroy_node()

    def _create_interfaces(self) -> None:
        self._time_source = self.create_publisher(ClockMessage, '/clock', SENSOR)
        self._joints = self.create_publisher(JointState, 'joint_states', RELIABLE)
        self._wrench = self.create_publisher(WrenchStamped, 'wrench', SENSOR)
        self._tf = self.create_publisher(TFMessage, 'tf', TF)
        self._truth = self.create_publisher(DressingTruth, 'ground_truth/dressing', RELIABLE)
        self.create_subscription(
            TwistStamped, 'servo/delta_twist_cmds', self._on_command, RELIABLE
        )
        self.create_service(Trigger, 'dressing_sim/reset', self._on_reset)

    @property
    def _time(self) -> float:
        return self._past + self._world.time

    def _wall_now(self) -> float:
        return 1e-9 * self._steady.now().nanoseconds

    def _on_command(self, message: TwistStamped) -> None:
        refusal = self._driver.command(
            self._time, message.header.frame_id, twist_from_message(message.twist)
        )
        if refusal:
            self.get_logger().error(refusal, throttle_duration_sec=1.0)

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._past = self._time
        self._world.reset()
        self._best[:] = 0.0
        response.success, response.message = True, 'the garment is held before the hand again'
        return response

    def _tick(self) -> None:
        """Step until the simulation has caught up with its pace."""
        now, factor = self._wall_now(), self._config.real_time_factor
        if factor == 0.0:
            self._step()
            return
        step = self._world.timestep / factor
        self._wall = max(self._wall, now - MAX_BEHIND)
        # One step a call, so that commands are taken between two steps; two to catch up.
        for _ in range(2):
            if self._wall + step > now:
                return
            self._wall += step
            self._step()

    def _step(self) -> None:
        self._world.step(self._driver.twist(self._time))
        self._steps += 1
        stamp = stamp_of(self._time)
        self._time_source.publish(ClockMessage(clock=stamp))
        fault = self.get_parameter('fault').value
        wrench = self._sensor.read(self._world.wrench, fault)
        if wrench is not None:
            message = WrenchStamped(header=make_header(stamp, TOOL_FRAME))
            message.wrench = wrench_to_message(wrench)
            self._wrench.publish(message)
        if self._steps % 2 == 0:
            self._publish_joints()
        # Every listener reads all frames each time, which is what limits their rate.
        if self._steps % 4 == 0:
            self._publish_frames()
        if self._steps % 8 == 0:
            self._publish_truth()
        self._cameras.offer(self._time, fault)

    def _publish_joints(self) -> None:
        robot, stamp = self._world.robot, stamp_of(self._time)
        joints = JointState(header=make_header(stamp, BASE_FRAME), name=list(robot.joint_names))
        joints.position, joints.velocity = robot.q.tolist(), robot.qd.tolist()
        self._joints.publish(joints)

    def _publish_frames(self) -> None:
        robot, stamp = self._world.robot, stamp_of(self._time)
        header = make_header(stamp, BASE_FRAME)
        transforms = [
            transform_to_message(matrix, header, name)
            for name, matrix in robot.link_transforms().items()
        ]
        self._tf.publish(TFMessage(transforms=transforms))

    def _publish_truth(self) -> None:
        truth = self._world.truth()
        ratios = np.array([truth.upper_arm_ratio, truth.whole_arm_ratio])
        self._best = np.maximum(self._best, ratios)
        self._truth.publish(
            DressingTruth(
                header=make_header(stamp_of(self._time), BASE_FRAME),
                upper_arm_ratio=truth.upper_arm_ratio,
                whole_arm_ratio=truth.whole_arm_ratio,
                best_upper_arm_ratio=float(self._best[0]),
                best_whole_arm_ratio=float(self._best[1]),
                force=truth.force,
                pierced=truth.pierced,
            )
        )


def _cell(config: DressingSimConfig) -> DressingCell:
    """The cell of a configuration: its person, and a piece of its garment's kind by its seed."""
    names = PersonConfig.__dataclass_fields__
    person = PersonConfig(**{name: getattr(config, name) for name in names})
    wear = vary(garment(config.garment), np.random.default_rng([config.seed, 3]))
    return DressingCell(person, wear, config.seed)


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(DressingSim)
