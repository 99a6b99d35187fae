"""Nodes of Valet: thin ROS 2 wrappers of valet_core."""
