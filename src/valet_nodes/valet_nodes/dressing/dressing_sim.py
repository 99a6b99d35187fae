"""The simulated robot, person, garment and camera as one node, in place of the drivers."""

from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from sensor_msgs.msg import JointState
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
    seconds,
    stamp_of,
    transform_to_message,
    twist_from_message,
    wrench_to_message,
)
from valet_nodes.ros.qos import RELIABLE, TF
from valet_nodes.ros.spin import run, spin_by_events
from valet_nodes.simulation.simulator import BASE_FRAME, Simulator
from valet_nodes.simulation.simulator_config import SimulatorConfig

__all__ = ['DressingSim', 'DressingSimConfig', 'main']

TOOL_FRAME = 'tool0'
SERVO_TOPIC = 'servo/delta_twist_cmds'
# Steps from one message to the next. Every listener reads all frames each time, which is what
# limits their rate.
JOINTS_EVERY, FRAMES_EVERY, TRUTH_EVERY = 2, 4, 8


@dataclass(frozen=True)
class DressingSimConfig(PersonConfig, SimulatorConfig):
    """The scene, and how it is shown to the other nodes."""

    garment: str = setting('cardigan', 'kind of the garment', choices=GARMENT_KINDS)
    seed: int = setting(0, 'of everything random in the scene', '', 0, MAX_SEED)
    camera_rate: float = setting(15.0, 'images of the camera', 'Hz', 1.0, 60.0)
    scene_camera_rate: float = setting(
        0.0, 'images of the whole scene; 0 for none', 'Hz', 0.0, 60.0
    )
    wrench_noise_force: float = setting(0.05, 'of the sensor, standard deviation', 'N', 0.0, 10.0)
    wrench_noise_torque: float = setting(0.005, 'likewise', 'N m', 0.0, 1.0)


class DressingSim(Simulator[DressingSimConfig]):
    """Publishes what the drivers of a robot arm with a depth camera would."""

    command_topic = SERVO_TOPIC

    def __init__(self, **options: object) -> None:
        """Declare the parameters, build the scene and start it.

        Args:
            options: of rclpy's node.

        Raises:
            ConfigError: for a parameter that is unknown or out of range.
            MotionError: if the robot cannot reach the hand.
        """
        super().__init__('dressing_sim', DressingSimConfig, FAULTS, **options)
        config = self.config
        self._world = DressingWorld(_cell(config))
        self.rewind_noise()
        self._best = np.zeros(2)
        self._joints = self.create_publisher(JointState, 'joint_states', RELIABLE)
        self._wrench = self.create_publisher(WrenchStamped, 'wrench', RELIABLE)
        self._tf = self.create_publisher(TFMessage, 'tf', TF)
        self._truth = self.create_publisher(DressingTruth, 'ground_truth/dressing', RELIABLE)
        self.create_subscription(
            TwistStamped, SERVO_TOPIC, self._on_command, RELIABLE
        )
        self._cameras = SimCameras(self, self._world, config, self.time)
        self.begin(self._world.timestep)
        self.get_logger().info(
            f'{config.garment} before the {config.side} hand, elbow at '
            f'{config.elbow_flexion_deg:.0f} deg, seed {config.seed}'
        )

    def destroy_node(self) -> None:
        """Stop the cameras first: they publish from a thread of their own."""
        self._cameras.close()
        super().destroy_node()

    @property
    def elapsed(self) -> float:
        """Time of the world [s]."""
        return self._world.time

    def advance(self, twist: np.ndarray) -> None:
        """Move the tool, and the garment with it."""
        self._world.step(twist)

    def publish(self, fault: str) -> None:
        """Publish what is due."""
        self._publish_wrench(fault)
        if self.steps % JOINTS_EVERY == 0 and self._joints.get_subscription_count():
            self._publish_joints()
        if self.steps % FRAMES_EVERY == 0:
            self._publish_frames()
        if self.steps % TRUTH_EVERY == 0:
            self._publish_truth()
        self._cameras.offer(self.time, fault)

    def show_beginning(self) -> None:
        """Publish everything, the camera's first image among it."""
        self._publish_wrench('none')
        self._publish_joints()
        self._publish_frames()
        self._publish_truth()
        self._cameras.show(self.time)

    def rewind_noise(self) -> None:
        """Begin the noise of the force sensor; the camera draws its first image only once."""
        config = self.config
        rng = np.random.default_rng([config.seed, 2])
        self._sensor = WrenchSensor(config.wrench_noise_force, config.wrench_noise_torque, rng)

    def is_busy(self) -> bool:
        """Whether a camera still draws when its next image is due."""
        return self._cameras.is_behind(self.time + self.most_steps * self._world.timestep)

    def restart(self) -> str:
        """Go back to where the garment is held before the hand."""
        self._world.reset()
        self._best[:] = 0.0
        return 'the garment is held before the hand again'

    def _on_command(self, message: TwistStamped) -> None:
        header = message.header
        self.command(seconds(header.stamp), header.frame_id, twist_from_message(message.twist))

    def _publish_wrench(self, fault: str) -> None:
        wrench = self._sensor.read(self._world.wrench, fault)
        if wrench is not None:
            message = WrenchStamped(header=make_header(stamp_of(self.time), TOOL_FRAME))
            message.wrench = wrench_to_message(wrench)
            self._wrench.publish(message)

    def _publish_joints(self) -> None:
        robot, stamp = self._world.robot, stamp_of(self.time)
        joints = JointState(header=make_header(stamp, BASE_FRAME), name=list(robot.joint_names))
        joints.position, joints.velocity = robot.q.tolist(), robot.qd.tolist()
        self._joints.publish(joints)

    def _publish_frames(self) -> None:
        robot, stamp = self._world.robot, stamp_of(self.time)
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
                header=make_header(stamp_of(self.time), BASE_FRAME),
                upper_arm_ratio=truth.upper_arm_ratio,
                whole_arm_ratio=truth.whole_arm_ratio,
                best_upper_arm_ratio=float(self._best[0]),
                best_whole_arm_ratio=float(self._best[1]),
                force=truth.force,
                pierced=truth.pierced,
                contact_peak=truth.contact_peak_n,
                contact_time=truth.contact_time_s,
                contact_between=truth.contact_between,
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
    return run(DressingSim, live=spin_by_events)
