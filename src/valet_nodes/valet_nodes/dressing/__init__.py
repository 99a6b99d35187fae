"""Nodes of dressing."""
