"""Worlds of mobile bases, planar and in MuJoCo."""
