"""Training of the networks of mobile bases."""
