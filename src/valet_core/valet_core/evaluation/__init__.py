"""Measuring perception and policies: cells, episodes, rates with intervals."""
