"""A runner of ROS 2's YAML launch files, for environments where ROS 2's launch is missing.

The files it takes are a subset of what `ros2 launch` takes, with the same meaning; what is
outside the subset is an error that names file and line. A launch is evaluated as a whole before
anything starts: file -> actions (parser) -> plan (evaluate) -> processes (supervisor).
"""

from valet_nodes.launch.evaluate import declared_arguments, evaluate
from valet_nodes.launch.parser import parse_launch_file, parse_launch_text
from valet_nodes.launch.plan import ProcessPlan, format_plan
from valet_nodes.launch.source import LaunchFileError

__all__ = [
    'LaunchFileError',
    'ProcessPlan',
    'declared_arguments',
    'evaluate',
    'format_plan',
    'parse_launch_file',
    'parse_launch_text',
]
