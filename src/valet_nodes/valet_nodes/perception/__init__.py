"""Perception as a node."""
