"""What a drive was asked for by: the action's goal, a route or a goal pose."""

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from valet_msgs.action import FollowRoute

from valet_core.common.errors import InvalidInputError
from valet_nodes.mobility.goal_frame import FramedRoute
from valet_nodes.mobility.mobile_messages import poses_from_message
from valet_nodes.ros.tf_buffer import TransformBuffer

__all__ = ['framed_route']


def framed_route(
    request: FollowRoute.Goal | Path | PoseStamped,
    odom_frame: str,
    base_frame: str,
    buffer: TransformBuffer,
) -> FramedRoute:
    """The route of a request, in its frame.

    Args:
        request: what came; the action's goal pose counts where its route is empty.
        odom_frame: frame of the odometry.
        base_frame: frame of the base.
        buffer: of transforms.

    Raises:
        InvalidInputError: for a route or a frame that cannot be right.
    """
    if isinstance(request, FollowRoute.Goal):
        request = request.route if request.route.poses else request.goal_pose
    frame = request.header.frame_id
    poses = [request] if isinstance(request, PoseStamped) else list(request.poses)
    others = {pose.header.frame_id for pose in poses} - {frame, ''}
    if others:
        raise InvalidInputError(
            f'route: received poses in {sorted(others)}; allowed: all in {frame!r}'
        )
    points, yaw = poses_from_message(poses)
    return FramedRoute(points, yaw, frame, odom_frame, base_frame, buffer)
