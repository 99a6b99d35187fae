"""Learning: networks, their training data and their training."""
