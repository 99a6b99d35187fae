"""The simulated dressing task, and ways to observe it."""
