"""The order of simulated time, in a world that waits for its graph."""
