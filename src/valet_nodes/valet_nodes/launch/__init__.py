"""A runner of ROS 2's YAML launch files, for environments where ROS 2's launch is missing.

The files it takes are a subset of what `ros2 launch` takes, with the same meaning; what is
outside the subset is an error that names file and line. A launch is evaluated as a whole before
anything starts: file -> actions (parser) -> plan (evaluate) -> processes (supervisor).
"""
