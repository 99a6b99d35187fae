"""Progress, phases and outcome of a drive."""
