"""Mobile bases that drive through tight places."""
