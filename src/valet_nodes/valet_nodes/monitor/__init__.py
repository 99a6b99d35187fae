"""The node of the failure monitor."""
