"""Scores of a policy's steps; the higher, the stranger."""
