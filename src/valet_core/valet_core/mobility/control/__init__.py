"""Controllers of mobile bases."""
