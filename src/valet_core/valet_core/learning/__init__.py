"""Algorithms of learning that know no task."""
