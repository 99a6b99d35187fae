"""Policies and planners that dress an arm."""
