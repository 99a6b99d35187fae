"""Valet's library: perception, policies, safety and simulation, without ROS."""

__version__ = '0.1.0'
