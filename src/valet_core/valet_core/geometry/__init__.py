"""Shapes and distances: capsules, limbs, polylines, rays, outlines."""
