"""Progress, phases and outcome of a dressing."""
