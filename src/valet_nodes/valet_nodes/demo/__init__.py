"""The demo: runs the launch, sends one goal, and reports what came of it."""
