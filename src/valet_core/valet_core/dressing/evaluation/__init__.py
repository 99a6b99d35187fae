"""Measuring perception and policies of dressing."""
