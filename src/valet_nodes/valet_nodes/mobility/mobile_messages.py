"""Messages of mobile bases from and to arrays."""

import array
import math

import numpy as np
from geometry_msgs.msg import PoseStamped, Quaternion
from nav_msgs.msg import Odometry, Path
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Header

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.sensor import Sensor

__all__ = [
    'odom_from_message', 'odom_to_message', 'path_to_message', 'pose_to_message',
    'poses_from_message', 'quaternion_of', 'scan_from_message', 'scan_to_message', 'yaw_of',
]  # fmt: skip


def quaternion_of(yaw: float) -> Quaternion:
    """A turn about z [rad]; NaN gives all zeros, which stands for any heading."""
    if math.isnan(yaw):
        return Quaternion(x=0.0, y=0.0, z=0.0, w=0.0)
    return Quaternion(z=math.sin(0.5 * yaw), w=math.cos(0.5 * yaw))


def yaw_of(quaternion: Quaternion) -> float:
    """Heading of a quaternion [rad]; NaN (any heading) for all zeros.

    Raises:
        InvalidInputError: for one that is not finite or far from unit length.
    """
    x, y, z, w = quaternion.x, quaternion.y, quaternion.z, quaternion.w
    if x == y == z == w == 0.0:
        return math.nan
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if not abs(norm - 1.0) < 0.01:
        raise InvalidInputError(
            f'orientation: received quaternion xyzw [{x} {y} {z} {w}]; allowed: of unit length, '
            'or all zeros for any heading'
        )
    return math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))


def odom_to_message(
    pose: np.ndarray, velocity: np.ndarray, header: Header, child: str
) -> Odometry:
    """From pose (3,) in the header's frame and velocity (3,) in the child's frame."""
    message = Odometry(header=header, child_frame_id=child)
    position, twist = message.pose.pose.position, message.twist.twist
    position.x, position.y = float(pose[0]), float(pose[1])
    message.pose.pose.orientation = quaternion_of(float(pose[2]))
    twist.linear.x, twist.linear.y = float(velocity[0]), float(velocity[1])
    twist.angular.z = float(velocity[2])
    return message


def odom_from_message(message: Odometry) -> np.ndarray:
    """x, y [m], yaw [rad], vx, vy [m/s], yaw rate [rad/s], shape (6,); NaN for what is not right.

    Numbers are not judged here: whoever watches the odometry sees the NaN.
    """
    position, twist = message.pose.pose.position, message.twist.twist
    try:
        yaw = yaw_of(message.pose.pose.orientation)
    except InvalidInputError:
        yaw = math.nan
    return np.array([position.x, position.y, yaw, twist.linear.x, twist.linear.y, twist.angular.z])


def scan_to_message(
    ranges: np.ndarray, sensor: Sensor, header: Header, period: float
) -> LaserScan:
    """From ranges (R,) [m]; what has met nothing becomes infinite, as REP 117 has it."""
    message = LaserScan(header=header, scan_time=period)
    message.angle_min, message.angle_increment = sensor.angle_min, sensor.increment
    message.angle_max = sensor.angle_min + sensor.increment * (sensor.rays - 1)
    message.range_min, message.range_max = 0.0, sensor.range_max
    data = array.array('f')
    shown = np.where(ranges >= sensor.range_max, np.inf, ranges)
    data.frombytes(shown.astype(np.float32).tobytes())
    message.ranges = data
    return message


def scan_from_message(message: LaserScan, sensor: Sensor) -> np.ndarray:
    """Ranges (R,) [m] of the scanner that the embodiment has.

    Raises:
        InvalidInputError: where number or angles of the rays are others.
    """
    ranges = np.asarray(message.ranges, dtype=np.float32)
    if len(ranges) != sensor.rays:
        raise InvalidInputError(
            f'scan: received {len(ranges)} ranges; allowed: {sensor.rays}, as the embodiment says'
        )
    for name, received, allowed in (
        ('angle_min', message.angle_min, sensor.angle_min),
        ('angle_increment', message.angle_increment, sensor.increment),
    ):
        if not abs(received - allowed) <= 0.02 * abs(sensor.increment) + 1e-6:
            raise InvalidInputError(
                f'scan: received {name} {received:.5f}; allowed: {allowed:.5f} rad, as the '
                'embodiment says'
            )
    return ranges


def pose_to_message(x: float, y: float, yaw: float, header: Header) -> PoseStamped:
    """A pose on the floor; yaw NaN for any heading."""
    message = PoseStamped(header=header)
    message.pose.position.x, message.pose.position.y = float(x), float(y)
    message.pose.orientation = quaternion_of(float(yaw))
    return message


def path_to_message(points: np.ndarray, header: Header, yaw: float = math.nan) -> Path:
    """A path through points (P, 2) [m] with a heading at its end."""
    poses = [pose_to_message(x, y, math.nan, header) for x, y in points]
    if poses:
        poses[-1].pose.orientation = quaternion_of(yaw)
    return Path(header=header, poses=poses)


def poses_from_message(poses: list[PoseStamped]) -> tuple[np.ndarray, float]:
    """Points (P, 2) [m] and the heading of the last [rad], NaN for any.

    Raises:
        InvalidInputError: for an orientation of the last pose that is none.
    """
    points = np.array([[p.pose.position.x, p.pose.position.y] for p in poses]).reshape(-1, 2)
    return points, yaw_of(poses[-1].pose.orientation) if poses else math.nan
