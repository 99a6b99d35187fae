"""The manager of lifecycle nodes."""
