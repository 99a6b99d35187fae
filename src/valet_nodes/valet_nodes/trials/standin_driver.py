"""Stands in for the drivers of a robot at rest, at their rates: `python -m` with rate and file."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import rclpy
from geometry_msgs.msg import WrenchStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_nodes.dressing.sim_cameras import SimCameras
from valet_nodes.dressing.sim_faults import WrenchSensor
from valet_nodes.ros.conversions import (
    make_header,
    stamp_of,
    transform_to_message,
    wrench_to_message,
)
from valet_nodes.ros.qos import RELIABLE, SENSOR, TF

__all__ = ['StandInDriver', 'main']

CAMERA_RATE = 15.0  # [Hz]
NOISE = 0.05, 0.002  # of the force sensor [N, N m]


class StandInDriver(Node):
    """Says where a robot at rest stands and what it feels; its camera repeats one image."""

    def __init__(self) -> None:
        """Draw the scene."""
        super().__init__('standin_driver')
        world = DressingWorld(DressingCell())
        self._sensor = WrenchSensor(*NOISE, np.random.default_rng(0))
        self._load = world.wrench
        self._wrench = self.create_publisher(WrenchStamped, 'wrench', SENSOR)
        self._joints = self.create_publisher(JointState, 'joint_states', RELIABLE)
        self._tf = self.create_publisher(TFMessage, 'tf', TF)
        rates = SimpleNamespace(camera_rate=CAMERA_RATE, scene_camera_rate=0.0)
        self._cameras = SimCameras(self, world, rates, 0.0)
        header = make_header(stamp_of(0.0), 'base_link')
        links = world.robot.link_transforms()
        self._frames = TFMessage(
            transforms=[transform_to_message(T, header, name) for name, T in links.items()]
        )
        names = list(world.robot.joint_names)
        self._state = JointState(name=names, position=world.robot.q.tolist())
        self._state.velocity = [0.0] * len(names)

    def say(self) -> float:
        """Publish everything but images once; the stamp [s]."""
        now = self.get_clock().now()
        stamp = now.to_msg()
        for transform in self._frames.transforms:
            transform.header.stamp = stamp
        self._state.header.stamp = stamp
        wrench = WrenchStamped(header=make_header(stamp, 'tool0'))
        wrench.wrench = wrench_to_message(self._sensor.read(self._load, 'none'))
        self._wrench.publish(wrench)
        self._joints.publish(self._state)
        self._tf.publish(self._frames)
        return 1e-9 * now.nanoseconds

    def show(self, stamp: float) -> None:
        """Publish the image, stamped [s]."""
        self._cameras.show(stamp)

    def close(self) -> None:
        """End the camera."""
        self._cameras.close()


def main() -> int:
    """Publish at a rate until a signal, then write the stamps of all wrenches to a file.

    Two arguments: the rate [Hz] and the file, of numpy.
    """
    rate, path = float(sys.argv[1]), Path(sys.argv[2])
    rclpy.init(args=[])
    driver, stamps = StandInDriver(), []
    begin = shown = time.monotonic()
    try:
        while rclpy.ok():
            stamps.append(driver.say())
            if time.monotonic() - shown >= 1.0 / CAMERA_RATE:
                shown += 1.0 / CAMERA_RATE
                driver.show(stamps[-1])
            time.sleep(max(0.0, begin + len(stamps) / rate - time.monotonic()))
    except (KeyboardInterrupt, rclpy.exceptions.ROSInterruptException):
        pass
    finally:
        np.save(path, np.array(stamps))
        driver.close()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
