"""A runner of ROS 2's YAML launch files, for environments where ROS 2's launch is missing.

The files it takes are a subset of what `ros2 launch` takes, with the same meaning; what is
outside the subset is an error that names file and line. A launch is evaluated as a whole before
anything starts: file -> actions (parser) -> plan (evaluate) -> processes (supervisor).
"""

from valet_nodes.launch.arguments import (
    declared_arguments,
    format_arguments,
    parse_assignments,
)
from valet_nodes.launch.errors import LaunchFileError, LaunchRunError
from valet_nodes.launch.evaluate import evaluate
from valet_nodes.launch.parser import parse_launch_file, parse_launch_text
from valet_nodes.launch.plan import Plan, ProcessPlan, format_plan

__all__ = [
    'LaunchFileError',
    'LaunchRunError',
    'Plan',
    'ProcessPlan',
    'declared_arguments',
    'evaluate',
    'format_arguments',
    'format_plan',
    'parse_assignments',
    'parse_launch_file',
    'parse_launch_text',
]
