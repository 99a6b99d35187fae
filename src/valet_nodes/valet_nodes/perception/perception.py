"""Perception as a node: camera images and tf in, labelled cloud and arm pose out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_srvs.srv import Trigger
from valet_msgs.msg import ArmPose

from valet_core.common.assets import find_model
from valet_core.common.errors import ValetError
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.perception.pipeline import Perceiver, Percept, PerceptionConfig, RgbdFrame
from valet_core.perception.self_filter import RobotShape
from valet_nodes.ros.conversions import (
    arm_to_message,
    camera_from_message,
    cloud_to_message,
    image_from_message,
    make_header,
    seconds,
)
from valet_nodes.ros.diagnostics import ERROR, OK, diagnostic_array
from valet_nodes.ros.lifecycle import GuardedLifecycleNode
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.spin import run
from valet_nodes.ros.tf_buffer import TransformListener

__all__ = ['Perception', 'main']

_LOG_PERIOD = 2.0  # between two messages about the same kind of trouble [s]
_BACKLOG = 0.12  # age of an image behind which there is a newer one, at 15 Hz [s]
_LONGEST_GAP = 0.2  # that left-out images may make [s]
_NO_ARM = ArmEstimate(np.zeros((4, 3)), np.zeros(4))


class Perception(GuardedLifecycleNode):
    """Pairs colour with depth, looks the transforms up and hands both to the perceiver.

    What cannot be perceived is not published: the gate sees the silence and stops the robot.
    """

    def __init__(self, **options: object) -> None:
        """Declare the parameters; interfaces come with `configure`."""
        super().__init__('perception', **options)
        self._config = declare_config(self, PerceptionConfig)
        self._interfaces: list[tuple[Callable[[Any], Any], Any]] = []
        self._active = False
        self._taken = -1.0

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and create the topics."""
        shape = RobotShape.named(self._config.robot)
        self._perceiver = Perceiver(self._config, shape, find_model(self._config.model))
        self._link_names = tuple(n for n in shape.links if n != shape.base_frame)
        self._color: Image | None = None
        self._info: CameraInfo | None = None
        self._tf = TransformListener(self)
        self._arm = self.create_lifecycle_publisher(ArmPose, 'perception/arm', RELIABLE)
        self._cloud = self.create_lifecycle_publisher(PointCloud2, 'perception/cloud', SENSOR)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', RELIABLE)
        self._listen(CameraInfo, 'camera/color/camera_info', self._on_info, SENSOR)
        self._listen(Image, 'camera/color/image_raw', self._on_color, SENSOR)
        depth = 'camera/aligned_depth_to_color/image_raw'
        self._listen(Image, depth, self._on_depth, SENSOR)
        reset = self.create_service(Trigger, 'perception/reset', self._on_reset)
        self._interfaces += [
            (self.destroy_lifecycle_publisher, self._arm),
            (self.destroy_lifecycle_publisher, self._cloud),
            (self.destroy_publisher, self._diagnostics),
            (self.destroy_service, reset),
            (lambda t: t.destroy(), self._tf),
        ]
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start a new capture and perceive from now on."""
        self._perceiver.reset()
        self._active = True
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ignore the images that come."""
        self._active = False
        return super().on_deactivate(state)

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        self._active = False
        while self._interfaces:
            destroy, interface = self._interfaces.pop()
            destroy(interface)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface."""
        return self.on_cleanup(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Remove every interface, whatever failed."""
        return self.on_cleanup(state)

    def _listen(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: QoSProfile
    ) -> None:
        subscription = self.create_subscription(kind, topic, callback, qos)
        self._interfaces.append((self.destroy_subscription, subscription))

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._perceiver.reset()
        response.success, response.message = True, 'the arm will be captured anew'
        return response

    def _on_info(self, message: CameraInfo) -> None:
        self._info = message

    def _on_color(self, message: Image) -> None:
        self._color = message

    def _on_depth(self, message: Image) -> None:
        """Each depth image is perceived together with the colour image of its time."""
        if not self._active or self._is_backlog(message):
            return
        try:
            frame = self._frame(message)
            percept = self._perceiver.process(frame, self._links(frame.stamp))
        except ValetError as error:
            self.get_logger().error(str(error), throttle_duration_sec=_LOG_PERIOD)
            self._report(message, ERROR, str(error))
            return
        self._publish(message, percept)

    def _is_backlog(self, depth: Image) -> bool:
        """Whether a newer image surely waits behind this one, which is left out then.

        A machine that is too slow for every image must not work on ever older ones.
        """
        now = 1e-9 * self.get_clock().now().nanoseconds
        late = now - seconds(depth.header.stamp) > _BACKLOG
        if late and 0.0 <= now - self._taken < _LONGEST_GAP:
            return True
        self._taken = now
        return False

    def _frame(self, depth: Image) -> RgbdFrame:
        stamp = seconds(depth.header.stamp)
        for topic, message in (
            ('camera/color/image_raw', self._color),
            ('camera/color/camera_info', self._info),
        ):
            if message is None:
                raise ValetError(f'{topic}: nothing has been received beside a depth image')
            apart = abs(seconds(message.header.stamp) - stamp)
            if apart > self._config.pairing_tolerance:
                raise ValetError(
                    f'{topic}: {apart:.3f} s apart from the depth image, allowed '
                    f'{self._config.pairing_tolerance:.3f} s'
                )
        camera = _named('camera/color/camera_info', camera_from_message, self._info)
        rgb = _named('camera/color/image_raw', image_from_message, self._color, 'rgb8')
        if rgb.shape[:2] != (camera.height, camera.width):
            raise ValetError(
                f'camera/color/camera_info: for {camera.width} x {camera.height} px, and the '
                f'image has {rgb.shape[1]} x {rgb.shape[0]}'
            )
        topic = 'camera/aligned_depth_to_color/image_raw'
        return RgbdFrame(
            stamp=stamp,
            rgb=rgb,
            depth_mm=_named(topic, image_from_message, depth, '16UC1'),
            K=camera.matrix,
            T_base_camera=self._lookup(depth.header.frame_id, stamp),
        )

    def _links(self, stamp: float) -> dict[str, np.ndarray]:
        return {name: self._lookup(name, stamp) for name in self._link_names}

    def _lookup(self, frame: str, stamp: float) -> np.ndarray:
        base, tolerance = self._config.base_frame, self._config.tf_tolerance
        return self._tf.buffer.lookup(base, frame, stamp, tolerance).matrix

    def _publish(self, depth: Image, percept: Percept) -> None:
        header = make_header(depth.header.stamp, self._config.base_frame)
        self._cloud.publish(cloud_to_message(percept.points, percept.labels, header))
        arm = percept.arm or _NO_ARM
        source = ArmPose.SOURCE_UNKNOWN
        if percept.arm is not None:
            source = ArmPose.SOURCE_TRACKED if percept.captured else ArmPose.SOURCE_CAPTURED
        self._arm.publish(arm_to_message(arm, header, percept.captured, source))
        self._report(depth, OK, 'arm seen' if percept.arm is not None else 'no arm seen')

    def _report(self, depth: Image, level: bytes, text: str) -> None:
        self._diagnostics.publish(
            diagnostic_array(depth.header.stamp, 'perception: arm', level, text, {})
        )


def _named(topic: str, convert: Callable[..., Any], *arguments: Any) -> Any:
    """A conversion whose errors name the topic."""
    try:
        return convert(*arguments)
    except ValetError as error:
        raise ValetError(f'{topic}: {error}') from None


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(Perception)
