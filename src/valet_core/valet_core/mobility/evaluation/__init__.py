"""Measuring controllers and simulators of mobile bases."""
