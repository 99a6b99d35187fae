"""The failure monitor: scores of a policy's steps, conformal thresholds, the alarm."""
