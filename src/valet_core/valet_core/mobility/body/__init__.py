"""Mobile bases as data: outline, limits, motion."""
