"""Studies: how well failures of a task are foreseen, on episodes made for that."""
