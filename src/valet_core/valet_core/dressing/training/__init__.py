"""Training of the networks of dressing."""
