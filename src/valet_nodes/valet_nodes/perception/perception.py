"""Perception as a node: camera images and tf in, labelled cloud and arm pose out."""

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_srvs.srv import Trigger
from valet_msgs.msg import ArmPose

from valet_core.common.assets import find_model
from valet_core.common.errors import ValetError
from valet_core.perception.arm_estimate import ArmEstimate, ArmSource
from valet_core.perception.pipeline import Perceiver, Percept, PerceptionConfig
from valet_core.perception.robot_shape import RobotShape
from valet_nodes.perception.frame_pairing import (
    COLOR_TOPIC,
    DEPTH_TOPIC,
    INFO_TOPIC,
    FramePairing,
)
from valet_nodes.ros.conversions import arm_to_message, cloud_to_message, make_header, seconds
from valet_nodes.ros.diagnostics import ERROR, OK, diagnostic_array
from valet_nodes.ros.node import ValetNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.spin import run, spin_by_events

__all__ = ['Perception', 'main']

LOG_PERIOD = 2.0  # between two messages about the same kind of trouble [s]
BACKLOG = 0.12  # age of an image behind which there is a newer one, at 15 Hz [s]
RETRY_PERIOD = 0.005  # while an image waits for transforms [s]
LONGEST_GAP = 0.2  # that left-out images may make [s]
SEEN = {
    ArmSource.UNKNOWN: 'arm seen, not captured yet',
    ArmSource.CAPTURED: 'arm seen uncovered',
    ArmSource.TRACKED: 'arm seen in part',
    ArmSource.HELD: 'arm not seen in this image, its last pose is held',
}
NO_ARM = ArmEstimate(np.zeros((4, 3)), np.zeros(4))


class Perception(ValetNode):
    """Pairs colour with depth, looks the transforms up and hands both to the perceiver.

    What cannot be perceived is not published: the gate sees the silence and stops the robot.
    """

    def __init__(self, **options: object) -> None:
        """Create the node; parameters and interfaces come with `configure`."""
        super().__init__('perception', **options)
        self.declare_pace()
        self._taken = -1.0  # when the last image was taken up [s]
        self._stamp = -1.0  # of the last image that was taken up [s]
        self._waiting: Image | None = None  # for the transforms of its time

    def prepare(self) -> None:
        """Declare the parameters."""
        self._config = declare_config(self, PerceptionConfig)

    def configure(self) -> None:
        """Load the model and create the topics."""
        shape = RobotShape.named(self._config.robot)
        self._perceiver = Perceiver(self._config, shape, find_model(self._config.model))
        self._link_names = tuple(n for n in shape.links if n != shape.base_frame)
        self._tf = self.transforms()
        self._retry = self.every(RETRY_PERIOD, self._try, steady=True)
        self._pairing = FramePairing(self._config.pairing_tolerance, self._lookup)
        self._arm = self.talk(ArmPose, 'perception/arm', RELIABLE)
        self._cloud = self.talk(PointCloud2, 'perception/cloud', RELIABLE)
        self._diagnostics = self.tell(DiagnosticArray, '/diagnostics', RELIABLE)
        self.listen(CameraInfo, INFO_TOPIC, self._on_info, SENSOR)
        self.listen(Image, COLOR_TOPIC, self._on_color, SENSOR)
        self.listen(Image, DEPTH_TOPIC, self._on_depth, SENSOR)
        self.serve(Trigger, 'perception/reset', self._on_reset)

    def started(self) -> None:
        """Start a new capture."""
        self._stamp, self._waiting = -1.0, None
        self._perceiver.reset()

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._perceiver.reset()
        response.success, response.message = True, 'the arm will be captured anew'
        return response

    def _on_info(self, message: CameraInfo) -> None:
        self._pairing.take_info(message)
        self._try()

    def _on_color(self, message: Image) -> None:
        self._pairing.take_color(message)
        self._try()

    def _on_depth(self, message: Image) -> None:
        """Each depth image is perceived together with the colour image of its time."""
        stamp = seconds(message.header.stamp)
        if stamp == self._stamp:
            return
        if self._waiting is not None:
            self._perceive(self._waiting)
        if not self.active or self._is_backlog(message):
            return
        self._stamp, self._waiting = stamp, message
        self._try()

    def _try(self) -> None:
        """An image waits for what belongs to it, but not beyond the next image."""
        waiting = self._waiting
        if waiting is None or not self._pairing.complete(self._stamp):
            self._retry.cancel()
            return
        if self._retry.is_canceled():
            self._retry.reset()
        if self._reached(waiting.header.frame_id):
            self._perceive(waiting)

    def _reached(self, camera: str) -> bool:
        """Whether the image that waits can be placed, and the links at its time."""
        buffer, base = self._tf.buffer, self._config.base_frame
        try:
            frames = (camera, *self._link_names)
            return all(buffer.lookup(base, name).stamp >= self._stamp for name in frames)
        except ValetError:
            return False

    def _perceive(self, message: Image) -> None:
        self._waiting = None
        try:
            frame = self._pairing.frame(message)
            links = {name: self._lookup(name, frame.stamp) for name in self._link_names}
            percept = self._perceiver.process(frame, links)
        except ValetError as error:
            self.get_logger().error(str(error), throttle_duration_sec=LOG_PERIOD)
            self._report(message, ERROR, str(error))
            return
        self._publish(message, percept)

    def _is_backlog(self, depth: Image) -> bool:
        """Whether a newer image surely waits behind this one, which is left out then.

        A machine that is too slow for every image must not work on ever older ones.
        """
        now = self.now
        late = now - seconds(depth.header.stamp) > BACKLOG
        if late and 0.0 <= now - self._taken < LONGEST_GAP:
            return True
        self._taken = now
        return False

    def _lookup(self, frame: str, stamp: float) -> np.ndarray:
        base, tolerance = self._config.base_frame, self._config.tf_tolerance
        return self._tf.buffer.lookup(base, frame, stamp, tolerance).matrix

    def _publish(self, depth: Image, percept: Percept) -> None:
        header = make_header(depth.header.stamp, self._config.base_frame)
        self._cloud.publish(cloud_to_message(percept.points, percept.labels, header))
        arm = percept.arm or NO_ARM
        source = int(percept.source)
        self._arm.publish(arm_to_message(arm, header, percept.captured, source))
        self._report(depth, OK, SEEN[percept.source] if percept.arm else 'no arm seen')

    def _report(self, depth: Image, level: bytes, text: str) -> None:
        self._diagnostics.publish(
            diagnostic_array(self, depth.header.stamp, 'arm', level, text, {})
        )


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(Perception, live=spin_by_events)
