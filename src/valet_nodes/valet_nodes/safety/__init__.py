"""The gates between policies and robots."""
