"""Trials on a running graph: something is done to it, and what comes of it is watched."""
