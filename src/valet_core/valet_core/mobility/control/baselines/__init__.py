"""Controllers of the literature, to measure learned ones by."""
