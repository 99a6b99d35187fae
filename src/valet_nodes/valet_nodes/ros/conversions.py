"""Messages from and to arrays. Nothing here knows a topic."""

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Transform, TransformStamped, Twist, Vector3, Wrench
from std_msgs.msg import Header
from valet_msgs.msg import ArmPose, PolicyTrace

from valet_core.common.errors import InvalidInputError
from valet_core.perception.arm_estimate import ArmEstimate
from valet_core.policy.interface import ActionChunk
from valet_nodes.ros.cloud_messages import cloud_from_message, cloud_to_message
from valet_nodes.ros.image_messages import (
    CameraModel,
    camera_from_message,
    camera_to_message,
    image_from_message,
    image_to_message,
)
from valet_nodes.ros.message_data import to_float_array

__all__ = [
    'CameraModel',
    'arm_from_message',
    'arm_to_message',
    'camera_from_message',
    'camera_to_message',
    'cloud_from_message',
    'cloud_to_message',
    'image_from_message',
    'image_to_message',
    'make_header',
    'seconds',
    'stamp_of',
    'trace_message',
    'transform_from_message',
    'transform_to_message',
    'twist_from_message',
    'twist_to_message',
    'wrench_from_message',
    'wrench_to_message',
]


def seconds(stamp: Time) -> float:
    """A stamp in seconds."""
    return stamp.sec + 1e-9 * stamp.nanosec


def stamp_of(time: float) -> Time:
    """Seconds as a stamp."""
    nanoseconds = round(time * 1e9)
    return Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


def make_header(stamp: Time, frame_id: str) -> Header:
    """A header of a stamp and a frame."""
    return Header(stamp=stamp, frame_id=frame_id)


def arm_to_message(
    arm: ArmEstimate, header: Header, captured: bool = False, source: int = 0
) -> ArmPose:
    """A perceived arm; `source` is one of ArmPose.SOURCE_*."""
    points = [Point(x=float(p[0]), y=float(p[1]), z=float(p[2])) for p in arm.joints]
    message = ArmPose(header=header, captured=captured, source=source)
    message.shoulder, message.elbow, message.wrist, message.fingertip = points
    message.confidence = np.asarray(arm.confidence, np.float32)
    return message


def arm_from_message(message: ArmPose) -> ArmEstimate:
    """Joints, shape (4, 3) [m], and confidences, shape (4,); numbers are not judged here."""
    points = (message.shoulder, message.elbow, message.wrist, message.fingertip)
    joints = np.array([[p.x, p.y, p.z] for p in points])
    return ArmEstimate(joints, np.array(message.confidence, dtype=float))


def twist_from_message(message: Twist) -> np.ndarray:
    """[vx vy vz wx wy wz], shape (6,) [m/s, rad/s]."""
    a, b = message.linear, message.angular
    return np.array([a.x, a.y, a.z, b.x, b.y, b.z])


def twist_to_message(twist: np.ndarray) -> Twist:
    """From [vx vy vz wx wy wz], shape (6,)."""
    return Twist(linear=_vector(twist[:3]), angular=_vector(twist[3:]))


def wrench_from_message(message: Wrench) -> np.ndarray:
    """[fx fy fz tx ty tz], shape (6,) [N, N m]."""
    a, b = message.force, message.torque
    return np.array([a.x, a.y, a.z, b.x, b.y, b.z])


def wrench_to_message(wrench: np.ndarray) -> Wrench:
    """From [fx fy fz tx ty tz], shape (6,)."""
    return Wrench(force=_vector(wrench[:3]), torque=_vector(wrench[3:]))


def transform_from_message(message: Transform) -> np.ndarray:
    """T_parent_child, shape (4, 4).

    Raises:
        InvalidInputError: for a number that is not finite or a quaternion that is not of unit
            length within 1 %.
    """
    t, r = message.translation, message.rotation
    x, y, z, w = r.x, r.y, r.z, r.w
    norm = float(np.sqrt(x * x + y * y + z * z + w * w))
    matrix = np.eye(4)
    matrix[:3, 3] = t.x, t.y, t.z
    if not np.isfinite(matrix).all() or not abs(norm - 1.0) < 0.01:
        raise InvalidInputError(
            f'transform [{t.x} {t.y} {t.z}] with quaternion xyzw [{x} {y} {z} {w}]; finite '
            'numbers and a unit quaternion are needed'
        )
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    matrix[:3, :3] = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    return matrix


def transform_to_message(matrix: np.ndarray, header: Header, child: str) -> TransformStamped:
    """The message of T_parent_child, shape (4, 4); the parent is the header's frame."""
    message = TransformStamped(header=header, child_frame_id=child)
    message.transform.translation = _vector(matrix[:3, 3])
    rotation = message.transform.rotation
    rotation.x, rotation.y, rotation.z, rotation.w = _quaternion_xyzw(matrix[:3, :3])
    return message


def _quaternion_xyzw(rotation: np.ndarray) -> tuple[float, ...]:
    """By the largest component, which is never small (Shepperd's method)."""
    r = rotation
    trace = r[0, 0] + r[1, 1] + r[2, 2]
    largest = int(np.argmax([r[0, 0], r[1, 1], r[2, 2], trace]))
    q = np.empty(4)
    if largest == 3:
        q[:] = r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 1.0 + trace
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        q[i] = 1.0 + r[i, i] - r[j, j] - r[k, k]
        q[j], q[k] = r[i, j] + r[j, i], r[i, k] + r[k, i]
        q[3] = r[k, j] - r[j, k]
    q /= np.linalg.norm(q)
    return tuple(float(v) for v in q)


def _vector(values: np.ndarray) -> Vector3:
    x, y, z = (float(v) for v in values)
    return Vector3(x=x, y=y, z=z)


def trace_message(chunk: ActionChunk, time: float, frame: str, step: int) -> PolicyTrace:
    """A chunk as the failure monitor and the recorder get it.

    Args:
        chunk: what the policy chose.
        time: of the observation that it was chosen for [s].
        frame: of its actions.
        step: chunks before it in this run.
    """
    samples = chunk.samples if chunk.samples is not None else np.zeros((0, *chunk.actions.shape))
    trace = PolicyTrace(header=make_header(stamp_of(time), frame), step=step)
    trace.horizon, trace.action_dim = chunk.actions.shape
    trace.sample_count = len(samples)
    trace.embedding = to_float_array(chunk.embedding)
    trace.actions = to_float_array(chunk.actions)
    trace.samples = to_float_array(samples)
    return trace
