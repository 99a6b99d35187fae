"""Dressing a person's arm."""
